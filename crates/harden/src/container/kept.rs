//! Settings that confine nothing and stay as they are: one entry holds a setting in all four languages.

/// A setting in the four languages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Arguments of `docker run`.
    pub words: Vec<String>,
    /// Key of a compose service, and what stands there: a value, or an entry of the list or mapping.
    pub compose: Option<(&'static str, String)>,
    /// Key of a Quadlet unit; without one Podman is given the arguments of `docker run`.
    pub quadlet: Option<&'static str>,
    /// What becomes of it in a pod.
    pub pod: PodPart,
}

/// What becomes of a setting in a pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PodPart {
    /// A line of the pod's specification.
    Pod(String),
    /// A line of the container.
    Container(String),
    /// A number among the additional groups.
    Group(u64),
    /// A name server, a domain to search, an option.
    Dns(&'static str, String),
    /// An address and a name for `/etc/hosts`.
    Host(String, String),
    /// An annotation.
    Annotation(String, String),
    /// A port that it listens on.
    Port(u16, String),
    /// No pod has it: what a person does instead.
    Note(String),
    /// The cluster decides.
    Nothing,
}

impl Kept {
    /// A setting of one word, `--option value`.
    pub(super) fn option(option: &str, value: impl Into<String>) -> Self {
        Self {
            words: vec![option.to_owned(), value.into()],
            compose: None,
            quadlet: None,
            pod: PodPart::Nothing,
        }
    }

    /// A setting without a value.
    pub(super) fn flag(option: &str) -> Self {
        Self { words: vec![option.to_owned()], compose: None, quadlet: None, pod: PodPart::Nothing }
    }

    pub(super) fn compose(mut self, key: &'static str, value: impl Into<String>) -> Self {
        self.compose = Some((key, value.into()));
        self
    }

    pub(super) const fn quadlet(mut self, key: &'static str) -> Self {
        self.quadlet = Some(key);
        self
    }

    pub(super) fn pod(mut self, part: PodPart) -> Self {
        self.pod = part;
        self
    }

    pub(super) fn pod_note(self, what: &str) -> Self {
        let note = format!("{} has no counterpart in a pod: {what}", self.words.join(" "));
        self.pod(PodPart::Note(note))
    }

    /// What the option says.
    pub(super) fn value(&self) -> &str {
        self.words.get(1).map_or("", String::as_str)
    }
}

/// What a container is asked at intervals.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HealthCheck {
    /// The words of the API (`CMD`, `CMD-SHELL`, `NONE`).
    pub test: Vec<String>,
    /// Key of compose (`interval`, `timeout`, `start_period`, `start_interval`) and nanoseconds.
    pub times: Vec<(&'static str, u64)>,
    /// Failures in a row.
    pub retries: Option<u64>,
}

impl HealthCheck {
    /// Whether it switches the image's check off.
    #[must_use]
    pub fn is_off(&self) -> bool {
        self.test.first().is_some_and(|kind| kind == "NONE")
    }
}

/// A time as every one of them reads it: the largest unit that is exact.
pub(super) fn duration(nanos: u64) -> String {
    let units = [(1_000_000_000, "s"), (1_000_000, "ms"), (1_000, "us")];
    let unit = units.iter().find(|(size, _)| nanos.is_multiple_of(*size));
    unit.map_or_else(|| format!("{nanos}ns"), |(size, name)| format!("{}{name}", nanos / size))
}
