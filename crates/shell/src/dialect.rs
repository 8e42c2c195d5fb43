//! Which shell reads a text.

/// Which shell reads a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// `/bin/sh` of an unknown system: only what POSIX promises.
    Sh,
    /// dash, `/bin/sh` of Debian and Ubuntu: POSIX and `local`, `echo -n`.
    Dash,
    /// BusyBox ash, `/bin/sh` of Alpine: as dash, and some of bash.
    Ash,
    /// bash.
    Bash,
    /// A Korn shell.
    Ksh,
    /// Something else (PowerShell, `cmd`, Python, Perl …): its text is left alone.
    Other,
}

impl Dialect {
    /// The dialect of a program: a path or a name, as in `SHELL ["/bin/bash", "-c"]`.
    ///
    /// ```
    /// assert_eq!(shell::Dialect::of_program("/usr/bin/bash"), shell::Dialect::Bash);
    /// assert_eq!(shell::Dialect::of_program("powershell.exe"), shell::Dialect::Other);
    /// ```
    #[must_use]
    pub fn of_program(program: &str) -> Self {
        match program.rsplit('/').next().unwrap_or(program) {
            "sh" => Self::Sh,
            "dash" => Self::Dash,
            "ash" => Self::Ash,
            "bash" => Self::Bash,
            "ksh" | "ksh93" | "mksh" | "oksh" => Self::Ksh,
            _ => Self::Other,
        }
    }

    /// The dialect that a first line `#!…` asks for; `None` when there is none.
    ///
    /// ```
    /// assert_eq!(shell::Dialect::of_shebang("#!/usr/bin/env -S bash -e\n"), Some(shell::Dialect::Bash));
    /// assert_eq!(shell::Dialect::of_shebang("#!/usr/bin/python3\n"), Some(shell::Dialect::Other));
    /// assert_eq!(shell::Dialect::of_shebang("echo"), None);
    /// ```
    #[must_use]
    pub fn of_shebang(text: &str) -> Option<Self> {
        let line = text.strip_prefix("#!")?.lines().next().unwrap_or("");
        let mut words = line.split_ascii_whitespace();
        let mut program = words.next().unwrap_or("");
        let is_busybox = program.ends_with("/busybox");
        if is_busybox || program.rsplit('/').next() == Some("env") {
            program = words.find(|word| !word.starts_with('-') && !word.contains('=')).unwrap_or("");
        }
        match Self::of_program(program) {
            Self::Sh if is_busybox => Some(Self::Ash),
            dialect => Some(dialect),
        }
    }

    /// Whether texts of it are parsed and judged.
    #[must_use]
    pub const fn is_judged(self) -> bool {
        !matches!(self, Self::Other)
    }

    /// Whether it lacks the extensions of bash and ksh.
    #[must_use]
    pub const fn is_posix(self) -> bool {
        matches!(self, Self::Sh | Self::Dash | Self::Ash)
    }

    /// Its name in messages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sh => "POSIX sh",
            Self::Dash => "dash",
            Self::Ash => "BusyBox ash",
            Self::Bash => "bash",
            Self::Ksh => "ksh",
            Self::Other => "another shell",
        }
    }
}
