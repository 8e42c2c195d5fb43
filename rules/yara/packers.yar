// Programs made unreadable.

rule packed_upx
{
    meta:
        description = "program packed with UPX: distributions do not pack, malware often does"
        severity = "medium"
        author = "Seawall"
        license = "Apache-2.0"
        reference = "https://attack.mitre.org/techniques/T1027/002/"
        remedy = "Unpack it (upx -d) and look at what it is; build the tool from source if you need it."

    strings:
        $magic = "UPX!"
        $info = "$Info: This file is packed with the UPX executable packer"

    condition:
        uint32(0) == 0x464c457f and $magic in (0..1024) and (#magic > 1 or $info)
}

rule packed_upx_disguised
{
    meta:
        description = "program packed with UPX whose marks were removed, so that upx cannot unpack it"
        severity = "high"
        author = "Seawall"
        license = "Apache-2.0"
        reference = "https://attack.mitre.org/techniques/T1027/002/"

    strings:
        $magic = "UPX!"
        // Message of the unpacker in every file that UPX packs for Linux.
        $message_1 = "PROT_EXEC|PROT_WRITE failed.\n"
        $message_2 = "$Info: This file is packed with the "

    condition:
        uint32(0) == 0x464c457f and any of ($message_*) and not $magic
}

rule packed_shc_script
{
    meta:
        description = "shell script turned into a program with shc: its text is encrypted"
        severity = "medium"
        author = "Seawall"
        license = "Apache-2.0"
        reference = "https://attack.mitre.org/techniques/T1027/"

    strings:
        $a = "E: neither argv[0] nor $_ works."
        $b = "has expired!\nPlease contact your provider"
        $c = "_SHC_"

    condition:
        uint32(0) == 0x464c457f and ($a or ($b and $c))
}
