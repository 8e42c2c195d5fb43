//! Commands of benchmark files, answered from facts. The part of the shell's language that benchmarks use is read —
//! pipelines, conditions, loops over words, variables, substitutions — and its tools are functions of facts: `ps`, `stat`,
//! `find`, `cat`, `journalctl`, and filters of text. Nothing is executed; everything else is not understood, and said so.

mod program;
mod run;
mod text_tools;
mod tools;
mod words;

use super::BenchFacts;

/// What a command would print.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Output {
    /// This.
    Text(String),
    /// The command is none of the known shapes.
    NotUnderstood,
    /// A file that it reads was not looked at.
    NotKnown(String),
}

pub(super) fn answer(command: &str, facts: &BenchFacts) -> Output {
    let Some(program) = program::parse(command) else { return Output::NotUnderstood };
    match run::run(&program, facts) {
        Ok(text) => Output::Text(text),
        Err(run::Stop::NotUnderstood) => Output::NotUnderstood,
        Err(run::Stop::NotKnown(what)) => Output::NotKnown(what),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{NodeFile, NodeProcess};

    fn facts() -> BenchFacts {
        let file = |mode, text: &str| {
            Some(NodeFile { mode, owner: "root".into(), group: "root".into(), text: Some(text.to_owned()) })
        };
        let process = |line: &str| NodeProcess {
            arguments: line.split(' ').map(str::to_owned).collect(),
            environment: Vec::new(),
        };
        BenchFacts {
            processes: vec![
                process("/usr/bin/kubelet --client-ca-file=/etc/ca.crt --cni-conf-dir=/etc/cni"),
                process("etcd --data-dir=/data --name=a"),
                process("python3 kubelet --client-ca-file=/etc/evil.crt"),
            ],
            files: [
                ("/etc/ca.crt".to_owned(), file(0o600, "")),
                ("/etc/cni".to_owned(), file(0o755, "")),
                ("/etc/cni/a.conf".to_owned(), file(0o644, "")),
                ("/etc/cni/b.conf".to_owned(), file(0o600, "")),
                ("/etc/enc.yaml".to_owned(), file(0o600, "providers:\n  - aescbc:\n      keys: []\n")),
                ("/etc/none".to_owned(), None),
                ("/data".to_owned(), file(0o700, "")),
            ]
            .into(),
            logs: [(
                "k3s".to_owned(),
                "x\nRunning kube-apiserver --a=1\nRunning kube-apiserver --a=2 --profiling=false\n"
                    .to_owned(),
            )]
            .into(),
            cluster: None,
        }
    }

    #[track_caller]
    fn check(command: &str, expected: &str) {
        assert_eq!(answer(command, &facts()), Output::Text(expected.to_owned()), "{command}");
    }

    #[test]
    fn scripts_of_benchmarks_are_answered_from_facts() {
        for (command, expected) in [
            (
                "CA=$(ps -ef | grep kubelet | grep -v apiserver | grep -- --client-ca-file= | awk -F '--client-ca-file=' '{print $2}' | awk '{print $1}' | uniq)\nif test -z $CA; then CA=/etc/none; fi\nif test -e $CA; then stat -c permissions=%a $CA; fi",
                "permissions=600\n",
            ),
            (
                "D=''\nfor d in $(ps -ef | grep etcd | grep -- --data-dir | sed 's%.*data-dir[= ]\\([^ ]*\\).*%\\1%'); do\n  if test -d \"$d\"; then D=\"$d\"; fi\ndone\nif ! test -d \"$D\"; then D=/var; fi\nstat -c %U:%G \"$D\"",
                "root:root\n",
            ),
            (
                "ps -ef | grep kubelet | grep -- --cni-conf-dir | sed 's%.*cni-conf-dir[= ]\\([^ ]*\\).*%\\1%' | xargs -I{} find {} -mindepth 1 | xargs --no-run-if-empty stat -c permissions=%a\nfind /etc/none -type f 2> /dev/null | xargs --no-run-if-empty stat -c permissions=%a",
                "permissions=644\npermissions=600\n",
            ),
            (
                "C=/etc/enc.yaml\nif test -e $C; then grep -A1 'providers:' $C | tail -n1 | grep -o \"[A-Za-z]*\" | sed 's/^/provider=/'; fi",
                "provider=aescbc\n",
            ),
            (
                "journalctl -m -u k3s | grep 'Running kube-apiserver' | tail -n1 | grep 'profiling'",
                "Running kube-apiserver --a=2 --profiling=false\n",
            ),
            (
                "/bin/sh -c 'if test $(journalctl -u k3s | grep \"Running\" | wc -l) -gt 0; then echo yes; else echo \"--no\"; fi'",
                "yes\n",
            ),
            ("stat -c permissions=%a /etc/cni/*.conf", "permissions=644\npermissions=600\n"),
            (
                "/bin/sh -c '\nif [ -e \"/etc/none\" ]; then\n  stat -c %a /etc/none\nelse\n  echo \"File not found\"\nfi\n'",
                "File not found\n",
            ),
            (
                "for f in /etc/ca.crt /etc/none; do if test -e $f; then stat -c \"permissions=%a %n\" $f; fi; done",
                "permissions=600 /etc/ca.crt\n",
            ),
            ("ps -fC ${bin:-kubelet} | grep -- --nothing || echo \"/etc/cni\" # a word", "/etc/cni\n"),
            ("grep -c \"a\\|keys\" /etc/enc.yaml", "2\n"),
            ("test -e /etc/none && echo yes", ""),
        ] {
            check(command, expected);
        }
    }

    #[test]
    fn what_a_shell_would_do_besides_is_refused() {
        for command in [
            "kubectl get pods",
            "echo a > /etc/passwd",
            "rm -rf /",
            "echo `id`",
            "sleep 1 &",
            "while true; do echo a; done",
            "f() { f; }; f",
            "sed -i s/a/b/ /etc/ca.crt",
            "find /etc/cni -delete",
            "find /etc/cni -exec rm {} ;",
            "xargs",
            "if",
            "$(",
            "grep '[' /etc/enc.yaml",
        ] {
            assert_eq!(answer(command, &facts()), Output::NotUnderstood, "{command}");
        }
        assert!(matches!(answer("cat /etc/shadow", &facts()), Output::NotKnown(_)));
        assert!(matches!(answer("journalctl -u rke2", &facts()), Output::NotKnown(_)));
    }

    #[test]
    fn loops_and_texts_are_bounded() {
        let many = format!(
            "for a in {}; do for b in {}; do for c in {}; do echo $a$b$c; done; done; done",
            "x ".repeat(90),
            "y ".repeat(90),
            "z ".repeat(90)
        );
        assert_eq!(answer(&many, &facts()), Output::NotUnderstood);
        let deep = format!("{}echo{}", "echo $(".repeat(500), ")".repeat(500));
        assert_eq!(answer(&deep, &facts()), Output::NotUnderstood);
        let nested = format!("{}echo a; {}", "if test a = a; then ".repeat(500), "fi; ".repeat(500));
        assert_eq!(answer(&nested, &facts()), Output::NotUnderstood);
        let doubling = format!("A=xxxxxxxxxxxxxxxx; {} echo $A", "A=$A$A; ".repeat(60));
        assert_eq!(answer(&doubling, &facts()), Output::NotUnderstood);
    }
}
