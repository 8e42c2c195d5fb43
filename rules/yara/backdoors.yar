// Known back doors and bots of Linux machines, by strings that they cannot do without.

import "elf"

rule bot_mirai
{
    meta:
        description = "bot of the Mirai family: its words are hidden by a one-byte xor"
        severity = "critical"
        author = "Seawall"
        license = "Apache-2.0"
        reference = "https://attack.mitre.org/software/S1183/"
        remedy = "Do not start the image; rebuild it from a base you trust."

    strings:
        $hidden_1 = "/dev/watchdog" xor(1-255)
        $hidden_2 = "/dev/misc/watchdog" xor(1-255)
        $hidden_3 = "TSource Engine Query" xor(1-255)
        $hidden_4 = "applet not found" xor(1-255)
        $hidden_5 = "/proc/net/tcp" xor(1-255)
        $hidden_6 = "listening tun0" xor(1-255)
        $hidden_7 = "/bin/busybox" xor(1-255)
        $clear_1 = "/bin/busybox MIRAI"
        $clear_2 = "MIRAI: applet not found"
        $clear_3 = "POST /ctrlt/DeviceUpgrade_1"
        $clear_4 = "TSource Engine Query"
        $clear_5 = "/bin/busybox wget http://"
        $clear_6 = "/dev/misc/watchdog"

    condition:
        uint32(0) == 0x464c457f and filesize < 2MB and (3 of ($hidden_*) or 3 of ($clear_*) or $clear_1)
}

rule bot_gafgyt
{
    meta:
        description = "bot of the Gafgyt family (Bashlite, Qbot), which floods others on command"
        severity = "critical"
        author = "Seawall"
        license = "Apache-2.0"
        reference = "https://attack.mitre.org/techniques/T1498/"

    strings:
        $a = "HOLD Flooding"
        $b = "JUNK Flooding"
        $c = "UDP Flooding"
        $d = "TCP Flooding"
        $e = "GETLOCALIP"
        $f = "LOLNOGTFO"
        $g = "KILLATTK"
        $h = "PONG!"
        $i = "Killed %d."
        $j = "None Killed."
        $k = "SCANNER ON | OFF"
        $l = "gayfgt"

    condition:
        uint32(0) == 0x464c457f and filesize < 2MB and 3 of them
}

rule bot_tsunami
{
    meta:
        description = "bot of the Tsunami family (Kaiten), steered by IRC"
        severity = "critical"
        author = "Seawall"
        license = "Apache-2.0"
        reference = "https://attack.mitre.org/techniques/T1071/"

    strings:
        $a = "NOTICE %s :TSUNAMI <target> <secs>"
        $b = "NOTICE %s :PAN <target> <port> <secs>"
        $c = "NOTICE %s :Unable to comply."
        $d = "NOTICE %s :GETSPOOFS"
        $e = "NOTICE %s :Kaiten wa goraku"
        $f = "NOTICE %s :UNKNOWN <target> <secs>"
        $g = "NOTICE %s :Spoofs: %d.%d.%d.%d"
        $h = "NOTICE %s :Killing pid %d."

    condition:
        filesize < 2MB and 2 of them
}

rule bot_xorddos
{
    meta:
        description = "XorDDoS, a bot that hides as a system service"
        severity = "critical"
        author = "Seawall"
        license = "Apache-2.0"
        reference = "https://attack.mitre.org/techniques/T1498/"

    strings:
        $a = "BB2FA36AAA9541F0"
        $b = "/etc/cron.hourly/gcc.sh"
        $c = "/lib/libudev.so"
        $d = "/var/run/gcc.pid"
        $e = "/lib/libudev4.so"
        $f = "/etc/cron.hourly/udev.sh"

    condition:
        filesize < 4MB and ($a or 2 of ($b, $d, $e, $f) or ($c and 1 of ($b, $d, $f)))
}

rule backdoor_bpfdoor
{
    meta:
        description = "BPFDoor, which waits for a secret packet behind the firewall"
        severity = "critical"
        author = "Seawall"
        license = "Apache-2.0"
        reference = "https://attack.mitre.org/software/S1161/"

    strings:
        $a = "/var/run/haldrund.pid"
        $b = "/dev/shm/kdmtmpflush"
        $c = "/sbin/udevd -d"
        $d = "hald-addon-acpi: listening on acpi kernel interface /proc/acpi/event"
        $e = "avahi-daemon: chroot helper"
        $f = "ttcompat"
        $g = "qmgr -l -t fifo -u"
        $h = "dbus-daemon --system"

    condition:
        uint32(0) == 0x464c457f and filesize < 4MB and ($a or $b or 4 of them)
}

rule backdoor_xz_liblzma
{
    meta:
        description = "liblzma with the back door of xz 5.6.0 and 5.6.1 (CVE-2024-3094)"
        severity = "critical"
        author = "Seawall"
        license = "Apache-2.0"
        reference = "https://www.openwall.com/lists/oss-security/2024/03/29/4"
        remedy = "Replace xz-utils and liblzma by a version that is not 5.6.0 or 5.6.1 and rotate SSH keys of the host."

    strings:
        // The function that begins the chain, as the advisory's own detection script looks for it.
        $code = { f3 0f 1e fa 55 48 89 f5 4c 89 ce 53 89 fb 81 e7 00 00 00 80 48 83 ec 28 48 89 54 24 18 48 89 4c 24 10 }

    condition:
        uint32(0) == 0x464c457f and $code
}

rule backdoor_xz_build_script
{
    meta:
        description = "build script of xz with the back door of 5.6.0 and 5.6.1 (CVE-2024-3094)"
        severity = "critical"
        author = "Seawall"
        license = "Apache-2.0"
        reference = "https://www.openwall.com/lists/oss-security/2024/03/29/4"

    strings:
        $a = "gl_am_configmake=`grep -aErls \"#{4}[[:alnum:]]{5}#{4}$\""
        $b = "gl_[$1]_prefix=`echo $gl_am_configmake | sed \"s/.*\\.//g\"`"
        $c = "bad-3-corrupt_lzma2.xz"
        $d = "tr \"\\t \\-_\" \" \\t_\\-\""
        $e = "xz -d 2>/dev/null | /bin/bash"

    condition:
        filesize < 4MB and ($a or 2 of ($b, $c, $d, $e))
}

rule backdoor_ssh_password_log
{
    meta:
        description = "SSH program that writes down passwords"
        severity = "critical"
        author = "Seawall"
        license = "Apache-2.0"
        reference = "https://attack.mitre.org/techniques/T1556/"

    strings:
        $ssh_1 = "SSH-2.0-"
        $ssh_2 = "OpenSSH_"
        $log_1 = "+user: %s +password: %s"
        $log_2 = "user:password --> %s:%s"
        $log_3 = "Username: %s Password: %s Host: %s"
        $log_4 = "login: %s password: %s"
        $log_5 = "id:%s pw:%s ip:%s"
        $log_6 = "backdoor_active"
        $log_7 = "user=%s pass=%s host=%s"

    condition:
        uint32(0) == 0x464c457f and 1 of ($ssh_*) and 1 of ($log_*)
}

rule backdoor_pam_password_log
{
    meta:
        description = "PAM module that writes down passwords or knows one of its own"
        severity = "critical"
        author = "Seawall"
        license = "Apache-2.0"
        reference = "https://attack.mitre.org/techniques/T1556/003/"

    strings:
        $module = "pam_sm_authenticate"
        $log_1 = "%s::%s"
        $log_2 = "user: %s password: %s"
        $log_3 = "Username %s\nPassword: %s"
        $log_4 = /%s:%s(:%s)?\n/
        $file_1 = /\/tmp\/\.?[A-Za-z0-9_.-]{3,30}/
        $file_2 = /\/var\/log\/\.[A-Za-z0-9_.-]{2,30}/
        $file_3 = /\/usr\/(include|share|lib)\/[a-z\/]{0,20}\/\.[A-Za-z0-9_-]{2,30}/
        $master = "_PASSWORD_"

    condition:
        uint32(0) == 0x464c457f and elf.type == elf.ET_DYN and filesize < 2MB and $module and
        ((1 of ($log_*) and 1 of ($file_*)) or $master)
}

rule backdoor_authorized_key_outlaw
{
    meta:
        description = "SSH key of the Outlaw botnet among the authorised ones"
        severity = "critical"
        author = "Seawall"
        license = "Apache-2.0"
        reference = "https://attack.mitre.org/techniques/T1098/004/"

    strings:
        $key = /ssh-(rsa|ed25519) AAAA[A-Za-z0-9+\/=]{40,800} mdrfckr\b/

    condition:
        filesize < 1MB and $key
}

rule backdoor_mettle
{
    meta:
        description = "Mettle, the agent of Metasploit for Linux"
        severity = "critical"
        author = "Seawall"
        license = "Apache-2.0"
        reference = "https://attack.mitre.org/techniques/T1105/"

    strings:
        $a = "mettle_start"
        $b = "stdapi_sys_process_execute"
        $c = "core_channel_open"
        $d = "channelmgr_"
        $e = "core_machine_id"
        $f = "/mettle/mettle/src/"
        $g = "stdapi_fs_delete_file"

    condition:
        uint32(0) == 0x464c457f and 3 of them
}

rule backdoor_go_implant
{
    meta:
        description = "implant of Sliver, Merlin, Chisel server or another remote control framework in Go"
        severity = "high"
        author = "Seawall"
        license = "Apache-2.0"
        reference = "https://attack.mitre.org/software/S0633/"

    strings:
        $sliver_1 = "github.com/bishopfox/sliver/implant"
        $sliver_2 = "sliverpb.Register"
        $sliver_3 = "sliverpb.BeaconTasks"
        $merlin_1 = "github.com/Ne0nd0g/merlin-agent"
        $merlin_2 = "merlin-message/jobs"
        $platypus_1 = "github.com/WangYihang/Platypus"
        $platypus_2 = "TermiteMessage"

    condition:
        (uint32(0) == 0x464c457f or uint16(0) == 0x5a4d) and
        (2 of ($sliver_*) or 2 of ($merlin_*) or 2 of ($platypus_*))
}

rule backdoor_teamtnt_script
{
    meta:
        description = "script of TeamTNT or its imitators, who take over containers and cloud accounts"
        severity = "critical"
        author = "Seawall"
        license = "Apache-2.0"
        reference = "https://attack.mitre.org/groups/G0139/"

    strings:
        $name_1 = "TeamTNT"
        $name_2 = "chimaera.cc"
        $name_3 = "borg.wtf"
        $name_4 = "teamtnt.red"
        $name_5 = "hildeGard"
        $act_1 = "diamorphine" nocase
        $act_2 = "/root/.aws/credentials"
        $act_3 = "169.254.169.254/latest/meta-data/iam/security-credentials"
        $act_4 = "masscan"
        $act_5 = "xmrigCC"
        $act_6 = "tmate"
        $act_7 = "docker -H"

    condition:
        uint8(0) < 0x7f and filesize < 1MB and 1 of ($name_*) and 2 of ($act_*)
}

rule backdoor_setuid_shell
{
    meta:
        description = "script that makes a copy of the shell with root's rights"
        severity = "high"
        author = "Seawall"
        license = "Apache-2.0"
        reference = "https://attack.mitre.org/techniques/T1548/001/"

    strings:
        $copy = /\b(cp|install|cat)\s[^\n;&|]{0,20}\/bin\/(ba|da|z|k)?sh\s{1,3}>?\s{0,2}(\/tmp|\/var\/tmp|\/dev\/shm|\/home|\/usr\/lib|\/opt)\/[^\s;&|]{1,60}\s{0,3}(;|&&|\n)[^\n]{0,60}chmod\s{1,3}(u?\+s|[a-z]{0,3}\+[rwx]{0,3}s|0?[4-7][0-7]{3})\s/

    condition:
        uint8(0) < 0x7f and filesize < 512KB and $copy
}

rule backdoor_container_escape
{
    meta:
        description = "script that breaks out of a container by the release agent of a control group"
        severity = "critical"
        author = "Seawall"
        license = "Apache-2.0"
        reference = "https://attack.mitre.org/techniques/T1611/"

    strings:
        $mount = /mount\s{1,3}-t\s{1,3}cgroup\s{1,3}-o\s/
        $notify = /echo\s{1,3}1\s{0,3}>\s{0,3}[^\n]{1,60}notify_on_release/
        $agent = />\s{0,3}[^\n]{0,60}release_agent/
        $upper = /sed\s{1,3}-n[^\n]{1,60}(upperdir|perdir)=[^\n]{1,60}mtab/
        $procs = /cgroup\.procs/

    condition:
        uint8(0) < 0x7f and filesize < 256KB and $notify and $agent and ($upper or ($mount and $procs))
}
