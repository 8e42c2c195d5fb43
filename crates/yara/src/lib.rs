//! YARA rules, compiled, packed by file class, run by yara-x.
