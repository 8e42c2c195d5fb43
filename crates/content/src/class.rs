//! What a file is, by its first bytes and its name.

use model::LayerPath;
use serde::{Deserialize, Serialize};

/// As many bytes of the beginning as [`classify`] looks at.
pub const HEAD_BYTES: usize = 4_096;

/// What a file is; decides which rules it meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FileClass {
    /// An executable, library or object in ELF.
    Elf,
    /// A Windows executable.
    Pe,
    /// A Mach-O executable.
    MachO,
    /// A script, by its `#!` line or extension: shell, Python, Perl, Ruby, Lua, JavaScript, PowerShell …
    Script,
    /// Server-side web code: PHP, JSP, ASP, CGI …; also files of other names that hold `<?php`.
    Web,
    /// Configuration: `.conf`, `.ini`, `.env`, `.json`, `.yaml`, `.toml`, `.properties`, `.xml`, dot files.
    Config,
    /// Other text.
    Text,
    /// An archive or a compressed file.
    Archive,
    /// A picture, sound, film or font.
    Image,
    /// Other bytes.
    Binary,
}

impl FileClass {
    /// Whether the bytes can be read as text.
    #[must_use]
    pub const fn is_text(self) -> bool {
        matches!(self, Self::Script | Self::Web | Self::Config | Self::Text)
    }

    /// Whether it is machine code.
    #[must_use]
    pub const fn is_executable_format(self) -> bool {
        matches!(self, Self::Elf | Self::Pe | Self::MachO)
    }
}

/// Tells the class from the first bytes ([`HEAD_BYTES`] are enough) and the name. Magic numbers count before the
/// name, except that text is told apart by extension.
#[must_use]
pub fn classify(path: &LayerPath, head: &[u8]) -> FileClass {
    let head = &head[..head.len().min(HEAD_BYTES)];
    if let Some(class) = by_magic(head) {
        return class;
    }
    let name = path.file_name().to_ascii_lowercase();
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    if !crate::is_text(head) {
        // A tar without a header at its start is no tar; zip members may follow a stub, which the name tells.
        return match extension {
            "zip" | "jar" | "war" | "ear" | "whl" | "egg" | "nupkg" | "apk" | "lzma" | "br" => {
                FileClass::Archive
            }
            _ => FileClass::Binary,
        };
    }
    if head.starts_with(b"#!") {
        let line = &head[..head.iter().position(|byte| *byte == b'\n').unwrap_or(head.len())];
        return if find(line, b"php") { FileClass::Web } else { FileClass::Script };
    }
    match extension {
        "php" | "php3" | "php4" | "php5" | "php7" | "php8" | "phtml" | "pht" | "phar" | "inc" | "module"
        | "jsp" | "jspx" | "jspf" | "asp" | "aspx" | "ashx" | "asmx" | "asa" | "cer" | "cfm" | "cgi"
        | "htaccess" => return FileClass::Web,
        "sh" | "bash" | "zsh" | "ksh" | "py" | "pyw" | "pl" | "pm" | "rb" | "lua" | "js" | "mjs" | "cjs"
        | "ts" | "ps1" | "bat" | "cmd" | "vbs" | "awk" | "tcl" | "pth" | "gemspec" => {
            return FileClass::Script;
        }
        _ => {}
    }
    if find(head, b"<?php") || find(head, b"<?=") || find(head, b"<%@") || find(head, b"<jsp:") {
        return FileClass::Web;
    }
    match extension {
        "conf" | "cnf" | "cfg" | "config" | "ini" | "env" | "json" | "yaml" | "yml" | "toml"
        | "properties" | "xml" | "plist" | "service" | "timer" | "desktop" | "tf" | "tfvars" | "tfstate"
        | "hcl" | "netrc" | "npmrc" => FileClass::Config,
        _ if name.starts_with('.') => FileClass::Config,
        _ => FileClass::Text,
    }
}

fn by_magic(head: &[u8]) -> Option<FileClass> {
    const ARCHIVES: &[&[u8]] = &[
        b"PK\x03\x04",
        b"PK\x05\x06",
        b"\x1f\x8b",
        b"BZh",
        b"\xfd7zXZ\0",
        b"\x28\xb5\x2f\xfd",
        b"7z\xbc\xaf\x27\x1c",
        b"!<arch>\n",
        b"\xed\xab\xee\xdb",
        b"070701",
        b"070702",
        b"070707",
        b"Rar!\x1a\x07",
        b"MSCF",
        b"\x04\x22\x4d\x18",
        b"\x1f\x9d",
        b"LZIP",
        b"xar!",
    ];
    const IMAGES: &[&[u8]] = &[
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xd8\xff",
        b"GIF87a",
        b"GIF89a",
        b"BM",
        b"OggS",
        b"ID3",
        b"fLaC",
        b"wOFF",
        b"wOF2",
        b"\0\x01\0\0\0",
        b"OTTO",
        b"\0\0\x01\0",
        b"%PDF-",
    ];
    if head.starts_with(b"\x7fELF") {
        return Some(FileClass::Elf);
    }
    if head.starts_with(b"MZ") && head.len() > 64 && !crate::is_text(head) {
        return Some(FileClass::Pe);
    }
    // A Java class shares its magic number with fat Mach-O; its next word is a version above 40 (JVMS, 4.1).
    let is_fat = head.starts_with(b"\xca\xfe\xba\xbe")
        && head.get(4..8).is_some_and(|n| n[..3] == [0; 3] && n[3] < 20);
    if is_fat
        || [b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe", b"\xfe\xed\xfa\xcf", b"\xfe\xed\xfa\xce"]
            .iter()
            .any(|m| head.starts_with(*m))
    {
        return Some(FileClass::MachO);
    }
    if ARCHIVES.iter().any(|magic| head.starts_with(magic)) || head.get(257..262) == Some(b"ustar") {
        return Some(FileClass::Archive);
    }
    if head.starts_with(b"RIFF") && matches!(head.get(8..12), Some(b"WEBP" | b"WAVE" | b"AVI ")) {
        return Some(FileClass::Image);
    }
    // Two letters are no proof: a text may begin with BM.
    let is_image = IMAGES.iter().any(|magic| head.starts_with(magic));
    (is_image && !(head.starts_with(b"BM") && crate::is_text(head))).then_some(FileClass::Image)
}

fn find(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, head: &[u8], expected: FileClass) {
        assert_eq!(classify(&LayerPath::new(path), head), expected, "{path}");
    }

    #[test]
    fn magic_counts_before_the_name() {
        check("a.txt", b"\x7fELF\x02", FileClass::Elf);
        check("a.png", b"PK\x03\x04..", FileClass::Archive);
        check("A.class", b"\xca\xfe\xba\xbe\0\0\0\x34", FileClass::Binary);
        check("fat", b"\xca\xfe\xba\xbe\0\0\0\x02\0", FileClass::MachO);
        check("readme", b"BMW is a car maker\n", FileClass::Text);
        let mut tar = vec![0; 512];
        tar[257..262].copy_from_slice(b"ustar");
        check("x", &tar, FileClass::Archive);
    }

    #[test]
    fn text_is_told_apart_by_its_beginning_and_name() {
        check("x", b"#!/bin/sh\n", FileClass::Script);
        check("x", b"#!/usr/bin/php\n", FileClass::Web);
        check("x.jpg", b"<?php eval(1);", FileClass::Web);
        check("etc/app.conf", b"a=b\n", FileClass::Config);
        check("root/.pgpass", b"h:1:d:u:p\n", FileClass::Config);
        check("README", b"hello\n", FileClass::Text);
        check("x.py", b"import os\n", FileClass::Script);
        check("empty", b"", FileClass::Text);
        check("x.bin", b"\0\x01\x02\x03", FileClass::Binary);
    }
}
