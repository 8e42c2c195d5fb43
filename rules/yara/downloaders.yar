// Scripts that fetch something from a place no publisher uses and run it.

rule downloader_address_to_shell
{
    meta:
        description = "pipes what a bare public network address serves into a shell"
        severity = "high"
        author = "Seawall"
        license = "Apache-2.0"
        reference = "https://attack.mitre.org/techniques/T1105/"
        remedy = "Find out who wrote the line; fetch what you need by name, with a pinned digest."

    strings:
        $fetch = /\b(curl|wget)\s[^\n|;]{0,100}(https?:\/\/|\s)\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}[:\/][^\n|;]{0,150}\|\s{0,3}(sudo\s+)?(\/bin\/)?(ba|da|z|k)?sh\b/
        $own_1 = /\b(127|10)\.\d{1,3}\.\d{1,3}\.\d{1,3}[:\/]/
        $own_2 = /\b(192\.168|169\.254|172\.(1[6-9]|2\d|3[01]))\.\d{1,3}\.\d{1,3}[:\/]/

    condition:
        uint8(0) < 0x7f and filesize < 1MB and
        for any i in (1..#fetch) : (not any of ($own_*) in (@fetch[i]..@fetch[i] + !fetch[i]))
}

rule downloader_hidden_temporary_file
{
    meta:
        description = "fetches a hidden file into a temporary folder, makes it executable and runs it"
        severity = "high"
        author = "Seawall"
        license = "Apache-2.0"
        reference = "https://attack.mitre.org/techniques/T1564/001/"

    strings:
        $fetch = /\b(curl|wget|busybox wget)\s[^\n]{5,250}\s(-o|-O|--output|--output-document|>)[ =]?\s{0,2}(\/tmp|\/var\/tmp|\/dev\/shm|\/run|\/var\/run)\/(\S{0,40}\/)?\.[A-Za-z0-9_-]{1,40}/
        $executable = /chmod\s{1,3}(\+x|a\+x|u\+x|0?7[0-7]{2})\s{1,3}(\/tmp|\/var\/tmp|\/dev\/shm|\/run|\/var\/run)\/(\S{0,40}\/)?\.[A-Za-z0-9_-]{1,40}/

    condition:
        uint8(0) < 0x7f and filesize < 1MB and all of them
}

rule downloader_every_processor
{
    meta:
        description = "fetches one program for every processor there is and runs each: how bots spread to devices"
        severity = "critical"
        author = "Seawall"
        license = "Apache-2.0"
        reference = "https://attack.mitre.org/techniques/T1105/"

    strings:
        $fetch = /\b(wget|curl|tftp|ftpget)\s[^\n]{0,60}\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}/
        $folders = /cd \/tmp( 2>\/dev\/null)? \|\| cd \/(var\/run|var|mnt|root|dev)/
        $executable = /chmod\s{1,3}(\+x|777|0777|755)\s/
        $processor_1 = /[.\/_-]mips\b/
        $processor_2 = /[.\/_-]mpsl\b|[.\/_-]mipsel\b/
        $processor_3 = /[.\/_-]arm[4-7][ln]?\b/
        $processor_4 = /[.\/_-]sh4\b/
        $processor_5 = /[.\/_-]m68k\b/
        $processor_6 = /[.\/_-](ppc|powerpc)\b/
        $processor_7 = /[.\/_-](spc|sparc)\b/
        $processor_8 = /[.\/_-](x86|i[56]86|x86_64)\b/

    condition:
        uint8(0) < 0x7f and filesize < 256KB and $executable and
        ((#fetch > 3 and 4 of ($processor_*)) or ($folders and $fetch and 2 of ($processor_*)))
}

rule downloader_paste_to_shell
{
    meta:
        description = "runs what an anonymous paste or file drop serves"
        severity = "high"
        author = "Seawall"
        license = "Apache-2.0"
        reference = "https://attack.mitre.org/techniques/T1102/"

    strings:
        $pipe = /\b(curl|wget)\s[^\n|;]{0,100}(pastebin\.com\/raw|paste\.ee\/r|hastebin\.com\/raw|transfer\.sh|temp\.sh|oshi\.at|0x0\.st|termbin\.com|ix\.io|bashupload\.com|anonfiles?\.com|ngrok(-free)?\.(io|app)|trycloudflare\.com|dpaste\.com|rentry\.(co|org))\/?[^\n|;]{0,120}\|\s{0,3}(sudo\s+)?(\/bin\/)?((ba|da|z|k)?sh|python3?|perl)\b/ nocase
        $substitute = /\b(ba|da|z|k)?sh\s(-c\s)?["']?(<\(|\$\(|`)\s?(curl|wget)\s[^\n)]{0,100}(pastebin\.com\/raw|paste\.ee\/r|hastebin\.com\/raw|transfer\.sh|temp\.sh|0x0\.st|ngrok(-free)?\.(io|app)|trycloudflare\.com)/ nocase

    condition:
        uint8(0) < 0x7f and filesize < 1MB and any of them
}

rule downloader_base64_to_shell
{
    meta:
        description = "decodes a long text and runs it as a shell script"
        severity = "high"
        author = "Seawall"
        license = "Apache-2.0"
        reference = "https://attack.mitre.org/techniques/T1140/"

    strings:
        $pipe = /\b(echo|printf)\s{1,3}(-n\s)?['"]?[A-Za-z0-9+\/]{48,}={0,2}['"]?\s{0,3}\|\s{0,3}(openssl\s(enc\s)?)?(-?base64|base32) {1,2}(-d|-D|--decode|-di)[^\n|]{0,20}\|\s{0,3}((gunzip|zcat|gzip -dc?|xz -dc?)\s{0,3}\|\s{0,3})?(sudo\s+)?(\/bin\/)?(ba|da|z|k)?sh\b/
        $here = /\b(ba|da|z|k)?sh\s{0,3}<<<\s{0,3}["']?(\$\(|`)[^\n]{0,20}(echo|printf)?[^\n]{0,8}[A-Za-z0-9+\/]{48,}={0,2}[^\n]{0,20}base64 {1,2}(-d|--decode)/
        $eval = /\beval\s{1,3}["']?(\$\(|`)\s{0,2}(echo|printf)\s{1,3}['"]?[A-Za-z0-9+\/]{48,}={0,2}['"]?\s{0,3}\|\s{0,3}base64 {1,2}(-d|--decode)/

    condition:
        uint8(0) < 0x7f and filesize < 2MB and any of them
}

rule downloader_python_runs_remote_text
{
    meta:
        description = "Python that runs what a web server answers"
        severity = "high"
        author = "Seawall"
        license = "Apache-2.0"
        reference = "https://attack.mitre.org/techniques/T1059/006/"

    strings:
        $exec = /\b(exec|eval)\( ?(compile\( ?)?(urllib\.request\.|urllib2\.|urllib\.|request\.)?(urlopen|get)\(\s{0,2}[^\n]{0,20}https?:\/\/[^\n]{4,160}\)\s{0,2}\.(read\(|text|content)/
        $exec_requests = /\b(exec|eval)\( ?(__import__\(['"]requests['"]\)|requests)\.get\([^\n]{4,160}\)\s{0,2}\.(text|content)/
        $line = /python3? {1,2}-c {1,2}["'][^\n]{0,80}\b(exec|eval)\(\s{0,2}[^\n]{0,60}(urlopen|requests\.get)\(/

    condition:
        uint8(0) < 0x7f and filesize < 2MB and any of them
}

rule downloader_in_cron
{
    meta:
        description = "timetable entry that fetches something and pipes it into a shell"
        severity = "high"
        author = "Seawall"
        license = "Apache-2.0"
        reference = "https://attack.mitre.org/techniques/T1053/003/"

    strings:
        $entry = /(^|[\n"'`(])\s{0,3}((\*\/\d{1,2}|\*|\d{1,2})(\s{1,3}[0-9*\/,-]{1,8}){4}|@(reboot|hourly|daily))\s{1,3}[^\n]{0,80}\b(curl|wget|lwp-download)\s[^\n|]{4,200}\|\s{0,3}(\/bin\/)?(ba|da|z|k)?sh\b/

    condition:
        uint8(0) < 0x7f and filesize < 1MB and $entry
}

rule downloader_writes_shell_history_off
{
    meta:
        description = "script that fetches and runs something and wipes its traces"
        severity = "medium"
        author = "Seawall"
        license = "Apache-2.0"
        reference = "https://attack.mitre.org/techniques/T1070/"

    strings:
        $trace_1 = /history\s{1,3}-c\b/
        $trace_2 = /\bunset\s{1,3}HISTFILE\b|HISTFILE=\/dev\/null/
        $trace_3 = />\s{0,3}\/var\/log\/(wtmp|lastlog|secure|btmp)/
        $trace_4 = /rm\s{1,3}-r?f\s{1,3}[^\n]{0,40}(\.bash_history|\/var\/log\/(wtmp|lastlog|secure|cron))/
        $fetch = /\b(curl|wget)\s[^\n]{0,100}https?:\/\//
        $run = /chmod\s{1,3}(\+x|7[0-7]{2})\s|\|\s{0,3}(ba|da)?sh\b/

    condition:
        uint8(0) < 0x7f and filesize < 512KB and 2 of ($trace_*) and $fetch and $run
}
