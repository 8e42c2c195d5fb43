//! The variables that public rule sets expect.

use content::{FileClass, FileView};

/// The value of a variable for a file, as LOKI and THOR define them (Neo23x0/signature-base, README; Loki,
/// `loki.py`): `filepath` is the whole path, `extension` begins with its dot and is in lower case.
pub(crate) fn value_of(variable: &str, file: &FileView<'_>, bytes: &[u8]) -> String {
    match variable {
        "filename" => file.name().to_owned(),
        "filepath" if file.nested.is_empty() => format!("/{}", file.path.as_str()),
        "filepath" => file.inner_path().to_owned(),
        "extension" => match file.extension() {
            extension if extension.is_empty() => extension,
            extension => format!(".{extension}"),
        },
        "filetype" => file_type(file, bytes).to_owned(),
        "owner" if file.uid == 0 => "root".to_owned(),
        "owner" => file.uid.to_string(),
        _ => String::new(),
    }
}

/// The words of signature-base for types (`misc/file-type-signatures.txt`), as far as its rules ask for them.
fn file_type(file: &FileView<'_>, bytes: &[u8]) -> &'static str {
    match file.class {
        FileClass::Elf => return "ELF",
        FileClass::Pe => return "EXE",
        FileClass::MachO => return "MACH-O",
        _ => {}
    }
    for (beginning, name) in [
        (&b"%PDF"[..], "PDF"),
        (b"GIF8", "GIF"),
        (b"\xff\xd8\xff", "JPG"),
        (b"\x89PNG", "PNG"),
        (b"{\\rt", "RTF"),
        (b"MDMP", "MDMP"),
        (b"PK\x03\x04", "ZIP"),
        (b"Rar!", "RAR"),
        (b"\xd0\xcf\x11\xe0", "OLE"),
        (b"<?php", "PHP"),
    ] {
        if bytes.starts_with(beginning) {
            return name;
        }
    }
    match file.extension().as_str() {
        "php" | "phtml" => "PHP",
        "jsp" | "jspx" => "JSP",
        "asp" | "aspx" => "ASP",
        "py" => "Python",
        "ps1" => "PowerShell",
        "vbs" => "VBS",
        "bat" | "cmd" => "BATCH",
        _ => "",
    }
}
