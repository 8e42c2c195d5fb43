//! The script that an interpreter was given to run.

use state::{State, Thread, concatenate};

/// Options of a family of interpreters, by the last letter of a cluster (`-ec` ends with `c`).
struct Options {
    /// The program stands in the command itself.
    program: &'static [u8],
    /// A value follows.
    value: &'static [u8],
    /// The script follows.
    script: &'static [u8],
}

const SHELL: Options = Options { program: b"cs", value: b"oO", script: b"" };
const PYTHON: Options = Options { program: b"cm", value: b"WX", script: b"" };
const PERL: Options = Options { program: b"eE", value: b"I", script: b"" };
const RUBY: Options = Options { program: b"e", value: b"IrCE", script: b"" };
const PHP: Options = Options { program: b"rBR", value: b"cdz", script: b"fF" };
const NODE: Options = Options { program: b"ep", value: b"rC", script: b"" };
const LUA: Options = Options { program: b"e", value: b"l", script: b"" };
/// Its first word is the program.
const AWK: Options = Options { program: b"", value: b"Fv", script: b"f" };
const OTHER: Options = Options { program: b"e", value: b"", script: b"" };

/// The absolute path of the script in the arguments of a thread's program, taken as an interpreter; `None` where the
/// program stands in the command itself, is a module's name, or comes from standard input.
///
/// Options are those of the interpreters' manuals (dash(1), bash(1), python(1), perlrun(1), ruby(1), php(1), node(1),
/// lua(1), mawk(1)).
pub(crate) fn script(thread: &Thread, state: &State) -> Option<Vec<u8>> {
    let list = thread.argument_list();
    let mut arguments = list.strip_suffix(b"\0").unwrap_or(list).split(|byte| *byte == 0).peekable();
    let mut family = family(&thread.comm);
    if thread.comm.as_ref() == b"busybox" {
        arguments.next_if(|applet| !applet.starts_with(b"-"));
        family = &SHELL;
    }
    let is_awk = std::ptr::eq(family, &AWK);
    while let Some(argument) = arguments.next() {
        let path = match argument {
            b"--" => arguments.next()?,
            b"-jar" | b"--file" | b"-File" => arguments.next()?,
            b"-" | b"--eval" | b"--print" | b"-Command" => return None,
            b"--require" | b"--import" | b"--rcfile" | b"--init-file" => {
                arguments.next();
                continue;
            }
            [b'-', b'-', ..] => continue,
            [b'-' | b'+', cluster @ ..] => {
                let last = cluster.last()?;
                let is_whole = cluster.iter().all(u8::is_ascii_alphabetic);
                if is_whole && family.program.contains(last) {
                    return None;
                }
                if is_whole && family.script.contains(last) {
                    arguments.next()?
                } else {
                    // `-Ilib` brings its value along; `-euo pipefail` does not.
                    let has_value = cluster.len() == 1 || std::ptr::eq(family, &SHELL);
                    if has_value && family.value.contains(last) {
                        arguments.next();
                    }
                    continue;
                }
            }
            _ if is_awk => return None,
            path => path,
        };
        return (!path.is_empty()).then(|| concatenate(state.cwd(thread), path));
    }
    None
}

fn family(name: &[u8]) -> &'static Options {
    match name {
        b"sh" | b"bash" | b"dash" | b"ash" | b"zsh" | b"ksh" | b"ksh93" | b"mksh" | b"fish" | b"csh"
        | b"tcsh" => &SHELL,
        b"awk" | b"gawk" | b"mawk" => &AWK,
        b"node" | b"nodejs" => &NODE,
        _ if name.starts_with(b"python") => &PYTHON,
        _ if name.starts_with(b"perl") => &PERL,
        _ if name.starts_with(b"ruby") => &RUBY,
        _ if name.starts_with(b"php") => &PHP,
        _ if name.starts_with(b"lua") => &LUA,
        _ => &OTHER,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use events::{EventBuilder, Kind};
    use state::Limits;

    /// What the field says of a program with these arguments, in the directory `/srv`.
    fn script_of(name: &str, arguments: &[&str]) -> Option<String> {
        let mut state = State::new(Limits::default());
        let event = EventBuilder::new(Kind::EXECVE)
            .at(1, 7)
            .number("res", 0)
            .text("exe", name)
            .texts("args", arguments)
            .number("tid", 7)
            .number("pid", 7)
            .text("cwd", "/srv")
            .text("comm", name);
        state.process(&event.build().event());
        let path = script(state.thread(7).unwrap(), &state);
        path.map(|path| String::from_utf8(path).unwrap())
    }

    #[test]
    fn the_script_is_the_first_word_that_is_no_option() {
        for (command, expected) in [
            ("sh x.sh a b", Some("/srv/x.sh")),
            ("bash -eu -o pipefail ./x.sh", Some("/srv/x.sh")),
            ("bash --norc -- /tmp/x.sh", Some("/tmp/x.sh")),
            ("sh -ec /tmp/x.sh", None),
            ("bash -lc /tmp/x.sh", None),
            ("sh -s /tmp/x.sh", None),
            ("bash -euo pipefail x.sh", Some("/srv/x.sh")),
            ("busybox sh /tmp/x.sh", Some("/tmp/x.sh")),
            ("python3.11 -u -W ignore /tmp/x.py", Some("/tmp/x.py")),
            ("python3 -m http.server", None),
            ("perl -Ilib -w /tmp/x.pl data", Some("/tmp/x.pl")),
            ("perl -lane print /tmp/data", None),
            ("awk {print} /tmp/data", None),
            ("awk -vf=f {print} /tmp/data", None),
            ("awk -F : -f /tmp/x.awk /etc/passwd", Some("/tmp/x.awk")),
            ("php -d a=b -f /tmp/x.php", Some("/tmp/x.php")),
            ("node --require ./a --trace-warnings x.js", Some("/srv/x.js")),
            ("node -r ./a x.js", Some("/srv/x.js")),
            ("java -jar /tmp/x.jar", Some("/tmp/x.jar")),
            ("sh", None),
            ("sh -", None),
        ] {
            let words: Vec<&str> = command.split(' ').collect();
            assert_eq!(script_of(words[0], &words[1..]).as_deref(), expected, "{command}");
        }
    }
}
