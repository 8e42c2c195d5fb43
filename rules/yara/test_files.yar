// Harmless files that stand for malware in tests.

rule eicar_test_file
{
    meta:
        description = "EICAR test file: harmless, found by every scanner on purpose"
        severity = "high"
        author = "Seawall"
        license = "Apache-2.0"
        reference = "https://www.eicar.org/download-anti-malware-testfile/"
        remedy = "Remove the test file from the image."

    strings:
        // X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR, which the standard puts at the beginning of a file of at most 128 bytes.
        $eicar = { 58 35 4f 21 50 25 40 41 50 5b 34 5c 50 5a 58 35 34 28 50 5e 29 37 43 43 29 37 7d 24 45 49 43 41 52 }

    condition:
        $eicar at 0 and filesize <= 128
}
