//! Tests, objects and states of an OVAL document.

use crate::xml::Element;
use std::collections::HashMap;

/// What a state demands of a package.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct State {
    /// `less than`, `equals`, `greater than` …; empty when the state says nothing of the version.
    pub operation: String,
    /// `epoch:version-release`.
    pub evr: String,
    /// Architectures of a pattern such as `(aarch64|x86_64)`.
    pub arches: Vec<String>,
}

#[derive(Debug, Default)]
pub(super) struct Tables {
    /// Test → (object, states).
    tests: HashMap<String, (String, Vec<String>)>,
    /// Object → package name.
    objects: HashMap<String, String>,
    states: HashMap<String, State>,
    /// Id of the element that is being read.
    id: String,
    state: State,
}

impl Tables {
    pub(super) fn start(&mut self, element: &Element) {
        let name = element.name.as_str();
        if name.ends_with("_test") || name.ends_with("_object") || name.ends_with("_state") {
            element.attribute("id").clone_into(&mut self.id);
            self.state = State::default();
            if name.ends_with("_test") {
                self.tests.insert(self.id.clone(), (String::new(), Vec::new()));
            }
            return;
        }
        match name {
            "object" => {
                if let Some((object, _)) = self.tests.get_mut(&self.id) {
                    element.attribute("object_ref").clone_into(object);
                }
            }
            "state" => {
                if let Some((_, states)) = self.tests.get_mut(&self.id) {
                    states.push(element.attribute("state_ref").to_owned());
                }
            }
            "evr" => element.attribute("operation").clone_into(&mut self.state.operation),
            _ => {}
        }
    }

    pub(super) fn text(&mut self, name: &str, text: String) {
        match name {
            "name" => _ = self.objects.insert(self.id.clone(), text),
            "evr" => {
                // `equals` is the default operation (oval-definitions-schema, OperationEnumeration).
                if self.state.operation.is_empty() {
                    "equals".clone_into(&mut self.state.operation);
                }
                self.state.evr = text;
            }
            "arch" => self.state.arches = arches_of(&text),
            _ => {}
        }
    }

    pub(super) fn end(&mut self, name: &str) {
        if name.ends_with("_state") {
            self.states.insert(std::mem::take(&mut self.id), std::mem::take(&mut self.state));
        }
    }

    /// The package that a test looks at and what it demands; several states must all hold.
    pub(super) fn test(&self, id: &str) -> Option<(&str, State)> {
        let (object, states) = self.tests.get(id)?;
        let package = self.objects.get(object)?;
        let mut joined = State::default();
        for state in states.iter().filter_map(|state| self.states.get(state)) {
            if !state.evr.is_empty() {
                joined.operation.clone_from(&state.operation);
                joined.evr.clone_from(&state.evr);
            }
            if !state.arches.is_empty() {
                joined.arches.clone_from(&state.arches);
            }
        }
        Some((package, joined))
    }
}

/// `(aarch64|x86_64)`, `^x86_64$`, `x86_64`.
fn arches_of(pattern: &str) -> Vec<String> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    pattern.split(|c: char| !is_part(c)).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}
