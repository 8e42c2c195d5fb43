import "pe"
include "x"
private global rule a : tag { meta: license = "MIT" strings: $a = "}" $b = { 4d 5a [2-4] } $c = /x\/y/i condition: ($a at 0 or uint16(0) == 0x5a4d) /* } */ }
rule b { condition: a and for any s in pe.sections : (s.name == "x") }
