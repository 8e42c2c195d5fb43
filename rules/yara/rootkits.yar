// Libraries and modules that hide files, processes and connections.

import "elf"

rule rootkit_preload_library
{
    meta:
        description = "library that replaces functions of every program and hides: an LD_PRELOAD rootkit"
        severity = "critical"
        author = "Seawall"
        license = "Apache-2.0"
        reference = "https://attack.mitre.org/techniques/T1574/006/"
        remedy = "Do not start the image. Find out which build step wrote it and who could change that step."

    strings:
        $preload = "ld.so.preload"
        $dlsym = "dlsym"
        $hook_1 = "readdir64"
        $hook_2 = "__lxstat"
        $hook_3 = "unlinkat"
        $hook_4 = "pam_authenticate"
        $hook_5 = "pam_acct_mgmt"
        $hook_6 = "accept"
        $hook_7 = "getpwnam_r"
        $hook_8 = "fopen64"
        $hook_9 = "rmdir"
        $net_1 = "/proc/net/tcp"
        $net_2 = "/proc/%s"
        $net_3 = "/proc/self/fd/%d"
        $shell_1 = "/bin/sh"
        $shell_2 = "/bin/bash"
        $trace_1 = "LD_PRELOAD"
        $trace_2 = "LD_TRACE_LOADED_OBJECTS"

    condition:
        uint32(0) == 0x464c457f and elf.type == elf.ET_DYN and filesize < 4MB and
        $preload and $dlsym and 4 of ($hook_*) and 1 of ($net_*) and (1 of ($shell_*) or 1 of ($trace_*))
}

rule rootkit_azazel
{
    meta:
        description = "Azazel or a rootkit built from it: its words are hidden by xor 0xfe"
        severity = "critical"
        author = "Seawall"
        license = "Apache-2.0"
        reference = "https://attack.mitre.org/techniques/T1574/006/"

    strings:
        $a = "ld.so.preload" xor(0xfe)
        $b = "HIDE_THIS_SHELL" xor(0xfe)
        $c = "/proc/net/tcp" xor(0xfe)
        $d = "/var/run/utmp" xor(0xfe)
        $e = "LD_PRELOAD" xor(0xfe)

    condition:
        uint32(0) == 0x464c457f and 3 of them
}

rule rootkit_diamorphine
{
    meta:
        description = "Diamorphine, a kernel module that hides processes and gives root"
        severity = "critical"
        author = "Seawall"
        license = "Apache-2.0"
        reference = "https://attack.mitre.org/techniques/T1014/"

    strings:
        $a = "diamorphine_init"
        $b = "diamorphine_secret"
        $c = "diamorphine_cleanup"
        $d = "get_syscall_table_bf"
        $e = "hacked_getdents64"
        $f = "hacked_kill"
        $g = "give_root"
        $h = "is_invisible"

    condition:
        uint32(0) == 0x464c457f and 3 of them
}

rule rootkit_reptile
{
    meta:
        description = "Reptile, a kernel module that hides and opens a shell on a secret packet"
        severity = "critical"
        author = "Seawall"
        license = "Apache-2.0"
        reference = "https://attack.mitre.org/techniques/T1014/"

    strings:
        $a = "reptile_init"
        $b = "reptile_module"
        $c = "/reptile/reptile_cmd"
        $d = "khook_cleanup"
        $e = "khook_inet_ioctl"
        $f = "hide_content"
        $g = "#<reptile>"
        $h = "khook_fillonedir"

    condition:
        uint32(0) == 0x464c457f and 3 of them
}

rule rootkit_preload_family
{
    meta:
        description = "known LD_PRELOAD rootkit (Jynx, vlany, bedevil or Medusa)"
        severity = "critical"
        author = "Seawall"
        license = "Apache-2.0"
        reference = "https://attack.mitre.org/techniques/T1574/006/"

    strings:
        $jynx_1 = "XxJynx"
        $jynx_2 = "/xochikit/"
        $jynx_3 = "ld_poison"
        $vlany_1 = "vlany" nocase
        $vlany_2 = "libselinux.so.vlany"
        $vlany_3 = "execve_pass"
        $bedevil_1 = "BDVLPATHS"
        $bedevil_2 = "bdvinstall"
        $bedevil_3 = "/ssh_passes"
        $bedevil_4 = "bdvchown"
        $medusa_1 = "remote.txt"
        $medusa_2 = "/lib/libseconf/"
        $medusa_3 = "adore.so"

    condition:
        uint32(0) == 0x464c457f and (2 of ($jynx_*) or 2 of ($vlany_*) or 2 of ($bedevil_*) or 2 of ($medusa_*))
}

rule rootkit_kernel_module
{
    meta:
        description = "kernel module that replaces system calls, hides entries and gives credentials"
        severity = "high"
        author = "Seawall"
        license = "Apache-2.0"
        reference = "https://attack.mitre.org/techniques/T1014/"

    strings:
        $modinfo = "vermagic="
        $table_1 = "sys_call_table"
        $table_2 = "kallsyms_lookup_name"
        $table_3 = "fh_install_hook"
        $hide_1 = "getdents64"
        $hide_2 = "tcp4_seq_show"
        $hide_3 = "hide_pid"
        $hide_4 = "hide_module"
        $hide_5 = "rootkit" nocase
        $creds_1 = "commit_creds"
        $creds_2 = "prepare_kernel_cred"
        $creds_3 = "prepare_creds"

    condition:
        uint32(0) == 0x464c457f and elf.type == elf.ET_REL and filesize < 8MB and
        $modinfo and 1 of ($table_*) and 2 of ($hide_*) and 1 of ($creds_*)
}

rule rootkit_preload_written
{
    meta:
        description = "script that makes every program load a library, by /etc/ld.so.preload"
        severity = "high"
        author = "Seawall"
        license = "Apache-2.0"
        reference = "https://attack.mitre.org/techniques/T1574/006/"

    strings:
        $write = /\b(echo|printf)\s[^\n]{1,160}\.so[^\n]{0,40}>>?\s{0,3}['"]?\/etc\/ld\.so\.preload\b/
        $hide = /\b(chattr \+i|curl|wget|base64 -d|touch -r)\b/

    condition:
        uint8(0) < 0x7f and filesize < 512KB and $write and $hide
}
