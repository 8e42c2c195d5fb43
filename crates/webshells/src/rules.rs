//! The bad states that are reported.

use model::{RuleInfo, Severity};

const WEB_SHELL: &str = "https://attack.mitre.org/techniques/T1505/003/";
const GUIDANCE: &str = "https://github.com/nsacyber/Mitigating-Web-Shells";
const REMOVE: &str = "Find out by which build step or upload the file came, rebuild the image from clean sources, and \
     look for its address in the access logs of whatever ran this image; change the credentials that the server could read.";

/// Every rule of this engine, sorted by id.
pub static RULES: &[RuleInfo] = &[
    RuleInfo {
        id: "webshell/class-from-request",
        title: "bytes of a request are loaded as code",
        severity: Severity::Critical,
        why: "The page decodes what it is sent and loads it as a class or assembly. Shells that live in memory \
              (Behinder, Godzilla and their kin) work this way, and an honest page has no such need.",
        remedy: REMOVE,
        references: &[WEB_SHELL, GUIDANCE],
    },
    RuleInfo {
        id: "webshell/code-from-network",
        title: "code is fetched from another machine and run",
        severity: Severity::High,
        why: "Whoever holds that machine, or stands between, decides what the server runs, and can change it every \
              day. Downloaders of webshells are made so.",
        remedy: "Bring the code into the image when it is built, and verify it; if nobody knows the file, remove it and \
                 rebuild the image from clean sources.",
        references: &[WEB_SHELL, "https://cwe.mitre.org/data/definitions/494.html"],
    },
    RuleInfo {
        id: "webshell/code-from-request",
        title: "request input runs as code",
        severity: Severity::Critical,
        why: "Whoever can reach the page runs any code with the rights of the server: this is a webshell, or a \
              hole that is as good as one.",
        remedy: REMOVE,
        references: &[WEB_SHELL, GUIDANCE],
    },
    RuleInfo {
        id: "webshell/code-in-image",
        title: "a picture holds program code",
        severity: Severity::High,
        why: "Code in a picture passes upload checks that look at the beginning of the file; a handler or an include \
              then runs it.",
        remedy: "Remove the file and find the include or handler that would run it. Have uploads re-encoded and kept \
                 where the server executes nothing.",
        references: &[
            WEB_SHELL,
            "https://cheatsheetseries.owasp.org/cheatsheets/File_Upload_Cheat_Sheet.html",
        ],
    },
    RuleInfo {
        id: "webshell/command-from-request",
        title: "request input runs as a command",
        severity: Severity::Critical,
        why: "Whoever can reach the page runs commands with the rights of the server.",
        remedy: REMOVE,
        references: &[WEB_SHELL, GUIDANCE],
    },
    RuleInfo {
        id: "webshell/connects-back",
        title: "a web page gives a shell to a distant machine",
        severity: Severity::High,
        why: "The page opens a connection and ties a shell to it. That passes firewalls that only watch what comes in.",
        remedy: REMOVE,
        references: &["https://attack.mitre.org/techniques/T1059/", WEB_SHELL],
    },
    RuleInfo {
        id: "webshell/control-panel",
        title: "a web page to control the machine",
        severity: Severity::High,
        why: "One page that runs commands, browses and edits files, and asks for system facts is a tool of \
              intruders; if it is an administrator's, it is one that intruders look for.",
        remedy: REMOVE,
        references: &[WEB_SHELL, GUIDANCE],
    },
    RuleInfo {
        id: "webshell/function-from-request",
        title: "request input chooses the function that runs",
        severity: Severity::High,
        why: "A caller who names the function, its arguments or the class can choose one that runs commands.",
        remedy: "Compare the name with a fixed list of allowed functions. If nobody knows the file, remove it and rebuild \
                 the image from clean sources.",
        references: &[WEB_SHELL, "https://cwe.mitre.org/data/definitions/470.html"],
    },
    RuleInfo {
        id: "webshell/handler-override",
        title: "a directory setting makes the server run data files as code",
        severity: Severity::High,
        why: "A .htaccess or .user.ini that maps picture or text extensions to an interpreter, or prepends a file to \
              each script, turns an upload folder into a code folder.",
        remedy: "Remove the setting, and the files that it brings to life; set AllowOverride None for upload folders.",
        references: &[
            "https://attack.mitre.org/techniques/T1505/003/",
            "https://httpd.apache.org/docs/2.4/mod/mod_mime.html",
        ],
    },
    RuleInfo {
        id: "webshell/hidden-code",
        title: "code is unpacked from text and run",
        severity: Severity::High,
        why: "The code that runs stands packed in a string, so that nobody reads it. Some sold software is \
              protected this way; most such files are not.",
        remedy: "Read the unpacked beginning in the evidence. If it does not belong to software you bought, remove \
                 the file and rebuild the image from clean sources.",
        references: &["https://attack.mitre.org/techniques/T1027/", WEB_SHELL],
    },
    RuleInfo {
        id: "webshell/hidden-function-name",
        title: "the name of a dangerous function is put together from pieces",
        severity: Severity::High,
        why: "Nobody writes \"sys\" and \"tem\" apart except to hide from a search.",
        remedy: REMOVE,
        references: &["https://attack.mitre.org/techniques/T1027/", WEB_SHELL],
    },
    RuleInfo {
        id: "webshell/include-from-request",
        title: "request input chooses the file that is included",
        severity: Severity::High,
        why: "A caller who names the included file runs uploads, logs, or with remote includes his own code.",
        remedy: "Choose the file from a fixed list. If nobody knows the page, remove it and rebuild the image from \
                 clean sources.",
        references: &[WEB_SHELL, "https://cwe.mitre.org/data/definitions/98.html"],
    },
    RuleInfo {
        id: "webshell/known-shell",
        title: "marks of a known webshell",
        severity: Severity::Critical,
        why: "The file carries names and texts of a webshell that is passed around.",
        remedy: REMOVE,
        references: &[WEB_SHELL, GUIDANCE],
    },
    RuleInfo {
        id: "webshell/obfuscated-code",
        title: "web code is made unreadable on purpose",
        severity: Severity::Medium,
        why: "Code of a web page that hides its names and strings hides its purpose too.",
        remedy: "Find out who made it. If it is not part of software you bought, remove it and rebuild the image from \
                 clean sources.",
        references: &["https://attack.mitre.org/techniques/T1027/"],
    },
    RuleInfo {
        id: "webshell/object-from-request",
        title: "request input is deserialised",
        severity: Severity::Low,
        why: "Deserialising what a request brings lets its sender construct objects, and often run code through \
              them. It is a weakness of many honest programs and the heart of some hidden shells.",
        remedy: "Use a data format without objects, such as JSON, or forbid classes (allowed_classes => false).",
        references: &["https://cwe.mitre.org/data/definitions/502.html"],
    },
    RuleInfo {
        id: "webshell/upload-of-code",
        title: "request input is written to a file that the server runs",
        severity: Severity::High,
        why: "The page stores what it is sent under a name that its sender chooses, or in a program file: the first \
              step to any other webshell.",
        remedy: "Choose the name and extension in the program, keep uploads where nothing is executed. If nobody knows the \
                 page, remove it and rebuild the image from clean sources.",
        references: &[WEB_SHELL, "https://cwe.mitre.org/data/definitions/434.html"],
    },
];

/// The rule of an id without its engine.
pub(crate) fn rule_of(state: &str) -> Option<&'static RuleInfo> {
    RULES.iter().find(|rule| rule.id.strip_prefix("webshell/") == Some(state))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_sorted_and_say_why_and_how_to_repair() {
        assert!(RULES.is_sorted_by_key(|rule| rule.id));
        for rule in RULES {
            assert!(
                rule.id.starts_with("webshell/") && rule.why.len() > 40 && rule.remedy.len() > 20,
                "{}",
                rule.id
            );
            assert!(!rule.references.is_empty(), "{}", rule.id);
        }
    }
}
