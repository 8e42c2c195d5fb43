// Programs that mine crypto currencies, their configurations and what starts them. A word alone proves nothing: every
// rule asks for two indicators that have nothing to do with each other.

rule miner_xmrig_binary
{
    meta:
        description = "XMRig or a program built from it, which mines Monero"
        severity = "high"
        author = "Seawall"
        license = "Apache-2.0"
        reference = "https://attack.mitre.org/techniques/T1496/"
        remedy = "Remove it, find out which build step brought it in, and rotate what that step could read."

    strings:
        $name = "xmrig" nocase
        $donate = "donate-level"
        $donate_server = "donate.v2.xmrig.com"
        $randomx = "randomx" nocase
        $stratum_tcp = "stratum+tcp://"
        $stratum_ssl = "stratum+ssl://"
        $nicehash = "nicehash" nocase
        $rig_id = "rig-id"
        $cryptonight = "cryptonight" nocase
        $huge_pages = "huge-pages-jit"
        $keepalived = "keepalived"

    condition:
        (uint32(0) == 0x464c457f or uint16(0) == 0x5a4d or uint32(0) == 0xfeedfacf) and
        ($name or $donate or $donate_server) and 1 of ($stratum*) and 4 of them
}

rule miner_stratum_binary
{
    meta:
        description = "program that speaks the protocol of mining pools"
        severity = "high"
        author = "Seawall"
        license = "Apache-2.0"
        reference = "https://attack.mitre.org/techniques/T1496/"

    strings:
        $subscribe = "mining.subscribe"
        $authorize = "mining.authorize"
        $submit = "mining.submit"
        $notify = "mining.notify"
        $difficulty = "mining.set_difficulty"
        $url_1 = "stratum+tcp"
        $url_2 = "stratum+ssl"
        $url_3 = "stratum1+tcp"
        $hash_1 = "ethash" nocase
        $hash_2 = "scrypt" nocase
        $hash_3 = "kawpow" nocase
        $hash_4 = "cryptonight" nocase
        $hash_5 = "hashrate" nocase

    condition:
        (uint32(0) == 0x464c457f or uint16(0) == 0x5a4d or uint32(0) == 0xfeedfacf) and
        3 of ($subscribe, $authorize, $submit, $notify, $difficulty) and 1 of ($url_*) and 1 of ($hash_*)
}

rule miner_cpuminer_binary
{
    meta:
        description = "cpuminer, ccminer or a program built from them"
        severity = "high"
        author = "Seawall"
        license = "Apache-2.0"
        reference = "https://attack.mitre.org/techniques/T1496/"

    strings:
        $a = "Stratum authentication failed" nocase
        $b = "stratum_subscribe" nocase
        $c = "Stratum difficulty set to"
        $d = "getwork failed, retry after"
        $e = "accepted: %lu/%lu"
        $f = "miner threads started, using"
        $g = "Stratum requested work restart"
        $h = "stratum_recv_line"

    condition:
        (uint32(0) == 0x464c457f or uint16(0) == 0x5a4d) and 3 of them
}

rule miner_kinsing_binary
{
    meta:
        description = "Kinsing, which spreads by Redis, SSH and container interfaces and starts a miner"
        severity = "critical"
        author = "Seawall"
        license = "Apache-2.0"
        reference = "https://attack.mitre.org/software/S0599/"

    strings:
        $a = "main.minerRunningCheck"
        $b = "main.getMinerPid"
        $c = "main.redisBrute"
        $d = "main.masscan"
        $e = "main.isMinerRunning"
        $f = "main.backconnect"
        $g = "main.downloadAndExecute"
        $h = "kdevtmpfsi"

    condition:
        uint32(0) == 0x464c457f and 3 of them
}

rule miner_xmrig_configuration
{
    meta:
        description = "configuration of XMRig: pools and a wallet"
        severity = "high"
        author = "Seawall"
        license = "Apache-2.0"
        reference = "https://xmrig.com/docs/miner/config"
        remedy = "Remove it, and look for the miner that reads it."

    strings:
        $pools = /"pools"\s*:\s*\[/
        $url = /"url"\s*:\s*"[^"]{4,120}:\d{2,5}"/
        $user = /"user"\s*:\s*"[^"]{20,200}"/
        $donate = /"donate-level"\s*:\s*\d/
        $coin = /"(algo|coin)"\s*:\s*("|null)/
        $randomx = /"randomx"\s*:\s*\{/
        $cpu = /"huge-pages(-jit)?"\s*:/
        $keepalive = /"keepalive"\s*:\s*(true|false)/
        $nicehash = /"nicehash"\s*:\s*(true|false)/

    condition:
        uint8(0) < 0x7f and filesize < 256KB and $pools and $url and $user and 3 of ($donate, $coin, $randomx, $cpu, $keepalive, $nicehash)
}

rule miner_command_line
{
    meta:
        description = "starts a miner: pool and wallet on one command line"
        severity = "high"
        author = "Seawall"
        license = "Apache-2.0"
        reference = "https://attack.mitre.org/techniques/T1496/"

    strings:
        $line = /(-o|--url)[ =]{1,2}['"]?stratum[12]?(\+(tcp|ssl|tls))?:\/\/[^\s'"]{4,120}['"]?\s[^\n]{0,200}(-u|--user)[ =]['"]?[A-Za-z0-9.@_-]{20,}/

    condition:
        uint8(0) < 0x7f and filesize < 1MB and $line
}

rule miner_pool_and_wallet
{
    meta:
        description = "address of a mining pool beside a Monero wallet"
        severity = "high"
        author = "Seawall"
        license = "Apache-2.0"
        reference = "https://attack.mitre.org/techniques/T1496/"

    strings:
        $pool_1 = "pool.supportxmr.com" nocase
        $pool_2 = "pool.minexmr.com" nocase
        $pool_3 = "gulf.moneroocean.stream" nocase
        $pool_4 = ".c3pool.com" nocase
        $pool_5 = "pool.hashvault.pro" nocase
        $pool_6 = "xmr.nanopool.org" nocase
        $pool_7 = "xmr.2miners.com" nocase
        $pool_8 = "xmrpool.eu" nocase
        $pool_9 = "monerohash.com" nocase
        $pool_10 = "xmr.crypto-pool.fr" nocase
        $pool_11 = "rx.unmineable.com" nocase
        $pool_12 = "xmr.pool.minergate.com" nocase
        $pool_13 = "xmr-eu1.nanopool.org" nocase
        $wallet = /\b[48][0-9AB][1-9A-HJ-NP-Za-km-z]{93}\b/

    condition:
        filesize < 20MB and 1 of ($pool_*) and $wallet
}

rule miner_in_browser
{
    meta:
        description = "script that mines in the browsers of visitors"
        severity = "high"
        author = "Seawall"
        license = "Apache-2.0"
        reference = "https://attack.mitre.org/techniques/T1496/"

    strings:
        $library_1 = "coinhive.min.js" nocase
        $library_2 = "cryptonight.wasm" nocase
        $library_3 = "webminepool.com/lib" nocase
        $library_4 = "authedmine.com/lib" nocase
        $library_5 = "crypto-loot.com/lib" nocase
        $start_1 = /new CoinHive\.(Anonymous|User|Token)\(/ nocase
        $start_2 = /new CryptoLoot\.(Anonymous|User)\(/ nocase
        $start_3 = /WMP\.Anonymous\(/
        $throttle = /throttle\s*:\s*0?\.\d/
        $begin = /miner\.start\(/ nocase

    condition:
        uint8(0) < 0x7f and filesize < 2MB and
        ((1 of ($library_*) and ($throttle or $begin or 1 of ($start_*))) or (1 of ($start_*) and $begin))
}

rule miner_kills_rivals
{
    meta:
        description = "script that kills other people's miners, as those do that install their own"
        severity = "high"
        author = "Seawall"
        license = "Apache-2.0"
        reference = "https://attack.mitre.org/techniques/T1489/"

    strings:
        $kill = /\b(pkill|killall|kill -9|xargs[^\n]{0,20} kill)/
        $name_1 = "kdevtmpfsi"
        $name_2 = "kinsing"
        $name_3 = "xmrig" nocase
        $name_4 = "minerd"
        $name_5 = "watchbog"
        $name_6 = "kthrotlds"
        $name_7 = "networkservice"
        $name_8 = "sysguard"
        $name_9 = "ddgs"
        $name_10 = "cryptonight" nocase
        $name_11 = "stratum"
        $name_12 = "xmr-stak"
        $name_13 = "dbused"
        $name_14 = "zzh"
        $name_15 = "kworkerds"
        $get = /\b(curl|wget|LDR)\b/

    condition:
        uint8(0) < 0x7f and filesize < 512KB and #kill > 3 and 5 of ($name_*) and $get
}
