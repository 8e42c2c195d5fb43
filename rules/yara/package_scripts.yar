// What malicious packages do while they are installed or loaded.

rule package_npm_install_fetches_shell
{
    meta:
        description = "npm package that pipes something from the network into a shell while it is installed"
        severity = "critical"
        author = "Seawall"
        license = "Apache-2.0"
        reference = "https://attack.mitre.org/techniques/T1195/001/"
        remedy = "Remove the package, install with --ignore-scripts, and rotate what the build could read."

    strings:
        $name = /"name"\s{0,4}:\s{0,4}"/
        $pipe = /"(pre|post)?install"\s{0,4}:\s{0,4}"[^"\n]{0,200}\b(curl|wget)\s[^"\n]{4,250}\|\s{0,3}(ba|da|z)?sh\b/
        $dev_tcp = /"(pre|post)?install"\s{0,4}:\s{0,4}"[^"\n]{0,300}\/dev\/(tcp|udp)\//
        $decode = /"(pre|post)?install"\s{0,4}:\s{0,4}"[^"\n]{0,300}base64\s{1,3}(-d|-D|--decode)/
        $powershell = /"(pre|post)?install"\s{0,4}:\s{0,4}"[^"\n]{0,100}powershell[^"\n]{0,300}(-e(nc|ncodedcommand)?\s|iex|downloadstring|invoke-webrequest)/ nocase

    condition:
        uint8(0) < 0x7f and filesize < 1MB and $name and 1 of ($pipe, $dev_tcp, $decode, $powershell)
}

rule package_npm_install_tells_somebody
{
    meta:
        description = "npm package that sends data of the machine away while it is installed"
        severity = "high"
        author = "Seawall"
        license = "Apache-2.0"
        reference = "https://attack.mitre.org/techniques/T1195/001/"

    strings:
        $name = /"name"\s{0,4}:\s{0,4}"/
        $listener = /"(pre|post)?install"\s{0,4}:\s{0,4}"[^"\n]{0,300}(oast\.(fun|live|me|online|pro|site)|oastify\.com|burpcollaborator\.net|interact\.sh|interactsh|requestbin|pipedream\.net|webhook\.site|canarytokens|dnslog\.cn|ngrok(-free)?\.(io|app))/ nocase
        $who = /"(pre|post)?install"\s{0,4}:\s{0,4}"[^"\n]{0,200}\b(curl|wget|nslookup|dig|ping)\s[^"\n]{0,200}(\$\(|`)\s{0,2}(whoami|hostname|id|uname|env|printenv|cat \/etc\/passwd)/

    condition:
        uint8(0) < 0x7f and filesize < 1MB and $name and ($listener or $who)
}

rule package_npm_install_evaluates
{
    meta:
        description = "npm package whose install script is hidden code on one line"
        severity = "high"
        author = "Seawall"
        license = "Apache-2.0"
        reference = "https://attack.mitre.org/techniques/T1195/001/"

    strings:
        $name = /"name"\s{0,4}:\s{0,4}"/
        $evaluate = /"(pre|post)?install"\s{0,4}:\s{0,4}"[^\n]{0,40}node\s{1,3}(-e|--eval)\s[^\n]{0,300}(eval\(|child_process|fromCharCode|atob\(|Buffer\.from\([^\n]{1,400}base64|https?\.get\()/

    condition:
        uint8(0) < 0x7f and filesize < 1MB and $name and $evaluate
}

rule package_worm_shai_hulud
{
    meta:
        description = "worm that spreads by npm packages and publishes the secrets that it finds"
        severity = "critical"
        author = "Seawall"
        license = "Apache-2.0"
        reference = "https://attack.mitre.org/techniques/T1195/002/"

    strings:
        $name_1 = "Shai-Hulud" nocase
        $name_2 = "shai-hulud-workflow.yml"
        $act_1 = "trufflehog" nocase
        $act_2 = "npm publish"
        $act_3 = "webhook.site"
        $act_4 = "/user/repos"
        $act_5 = "toJSON(secrets)"
        $act_6 = "registry.npmjs.org/-/whoami"

    condition:
        filesize < 20MB and 1 of ($name_*) and 2 of ($act_*)
}

rule package_python_setup_runs_code
{
    meta:
        description = "Python package that runs fetched or hidden code while it is installed"
        severity = "critical"
        author = "Seawall"
        license = "Apache-2.0"
        reference = "https://attack.mitre.org/techniques/T1195/001/"
        remedy = "Remove the package, install wheels only (--only-binary), and rotate what the build could read."

    strings:
        $setup = /\bsetup\s{0,2}\(/
        $tools = /\b(setuptools|distutils)\b/
        $pipe = /(os\.system|os\.popen|subprocess\.\w{3,12})\(\s{0,3}[\[(]?\s{0,3}f?['"][^\n]{0,100}\b(curl|wget)\s[^\n]{4,200}\|\s{0,3}(ba|da|z)?sh\b/
        $powershell = /(os\.system|os\.popen|subprocess\.\w{3,12})\(\s{0,3}[\[(]?\s{0,3}f?['"][^\n]{0,60}powershell[^\n]{0,200}(-e(nc|ncodedcommand)?\s|iex|downloadstring|invoke-webrequest|-windowstyle hidden)/ nocase
        $decoded = /\b(exec|eval)\(\s{0,3}(compile\(\s{0,3})?(__import__\(['"]\w{4,8}['"]\)|base64|codecs|zlib|marshal|bytes|fernet|Fernet\([^\n]{1,120}\))\.(b64decode|b85decode|decode|decompress|loads|fromhex|decrypt)\(/ nocase
        $fetched = /\b(exec|eval)\(\s{0,3}[^\n]{0,60}(urlopen|requests\.get|httpx\.get)\(/

    condition:
        uint8(0) < 0x7f and filesize < 1MB and $setup and $tools and 1 of ($pipe, $powershell, $decoded, $fetched)
}

rule package_python_path_file
{
    meta:
        description = "path configuration file that starts programs or hidden code with every Python"
        severity = "critical"
        author = "Seawall"
        license = "Apache-2.0"
        reference = "https://attack.mitre.org/techniques/T1546/018/"

    strings:
        $import = /(^|\n)import[ \t]/
        $run_1 = /\b(os\.system|os\.popen|pty\.spawn)\(/
        $run_2 = /subprocess\.(Popen|run|call|check_output)\(/
        $run_3 = /\b(urlopen|urlretrieve)\(/
        $run_4 = /\b(b64decode|b85decode|marshal\.loads|zlib\.decompress|fromhex)\(/
        $run_5 = /socket\.(socket|create_connection)\(/

    condition:
        extension == ".pth" and filesize < 1MB and $import and 1 of ($run_*)
}

rule package_python_hidden_code
{
    meta:
        description = "Python that unpacks a long text and runs it"
        severity = "high"
        author = "Seawall"
        license = "Apache-2.0"
        reference = "https://attack.mitre.org/techniques/T1027/"

    strings:
        $exec = /\bexec\(\s{0,3}((__import__\(['"](base64|zlib|marshal|lzma|bz2|codecs)['"]\)|base64|zlib|marshal|lzma|bz2)\.(b64decode|b85decode|b32decode|a85decode|decompress|loads|decode)\(\s{0,3}){1,4}b?['"][^'"\n]{200}/
        $reversed = /exec\(\(_\)\(b?['"][^'"\n]{200}/

    condition:
        uint8(0) < 0x7f and filesize < 8MB and any of them
}

rule package_stealer_discord
{
    meta:
        description = "program text that collects tokens and browser data and posts them to a chat"
        severity = "critical"
        author = "Seawall"
        license = "Apache-2.0"
        reference = "https://attack.mitre.org/techniques/T1555/"

    strings:
        $post_1 = /discord(app)?\.com\/api\/webhooks\/\d{15,20}\//
        $post_2 = /api\.telegram\.org\/bot\d{8,10}:[A-Za-z0-9_-]{30,40}/
        $take_1 = "Local Storage\\\\leveldb"
        $take_2 = "Local Storage/leveldb"
        $take_3 = "\\\\User Data\\\\Default"
        $take_4 = "CryptUnprotectData"
        $take_5 = /\.(config|mozilla)\/(google-chrome|chromium|BraveSoftware|firefox)/
        $take_6 = "os_crypt"
        $take_7 = "Login Data"

    condition:
        uint8(0) < 0x7f and filesize < 8MB and 1 of ($post_*) and 2 of ($take_*)
}

rule package_environment_sent_away
{
    meta:
        description = "script that sends all environment variables, and so the secrets of the build, to a listener"
        severity = "critical"
        author = "Seawall"
        license = "Apache-2.0"
        reference = "https://attack.mitre.org/techniques/T1552/001/"

    strings:
        $all_1 = /JSON\.stringify\(\s{0,2}process\.env\b/
        $all_2 = /(json\.dumps|urlencode|str)\(\s{0,2}(dict\(\s{0,2})?os\.environ\b/
        $all_3 = /(env|printenv)\s{0,3}\|\s{0,3}(base64|curl|gzip|openssl|xxd)/
        $listener = /(oast\.(fun|live|me|online|pro|site)|oastify\.com|burpcollaborator\.net|interact\.sh|requestbin\.\w{2,4}|pipedream\.net|webhook\.site|dnslog\.cn|ngrok(-free)?\.(io|app)|discord(app)?\.com\/api\/webhooks|hookbin\.com|beeceptor\.com)/ nocase

    condition:
        uint8(0) < 0x7f and filesize < 4MB and 1 of ($all_*) and $listener
}

rule package_ruby_extension_fetches_shell
{
    meta:
        description = "Ruby package that pipes something from the network into a shell while it is installed"
        severity = "critical"
        author = "Seawall"
        license = "Apache-2.0"
        reference = "https://attack.mitre.org/techniques/T1195/001/"

    strings:
        $make_1 = "create_makefile"
        $make_2 = "Gem::Specification.new"
        $pipe = /(`|%x[\{\[(]|\bsystem[ (]{1,2}['"]|\bexec[ (]{1,2}['"])[^\n]{0,60}\b(curl|wget)\s[^\n]{4,200}\|\s{0,3}(ba|da|z)?sh\b/

    condition:
        uint8(0) < 0x7f and filesize < 1MB and 1 of ($make_*) and $pipe
}
