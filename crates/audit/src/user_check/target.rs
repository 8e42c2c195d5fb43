//! What a user's check is asked of.

use serde::Deserialize;
use serde_json::{Value, json};

/// What a check is asked of: the host once, or each container, image, network or file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Target {
    #[default]
    Host,
    Container,
    Image,
    Network,
    File,
}

impl Target {
    const fn pointer(self) -> &'static str {
        match self {
            Self::Host => "",
            Self::Container => "/engine/containers/known",
            Self::Image => "/engine/images/known",
            Self::Network => "/engine/networks/known",
            Self::File => "/files/known",
        }
    }

    /// Name and value of each object. Without the list there is one object whose value is nothing, so that the check is
    /// not known.
    pub(crate) fn objects(self, document: &Value) -> Vec<(String, Value)> {
        if self == Self::Host {
            return vec![("host".to_owned(), document.clone())];
        }
        let Some(list) = document.pointer(self.pointer()).and_then(Value::as_array) else {
            return vec![(format!("{self:?}s").to_lowercase(), Value::Null)];
        };
        let text =
            |value: &Value, key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        list.iter()
            .map(|value| {
                let name = match self {
                    Self::Container => format!("container {}", text(value, "name")),
                    Self::Network => format!("network {}", text(value, "name")),
                    Self::File => format!("file {}", text(value, "path")),
                    _ => {
                        let tag = value.pointer("/tags/0").and_then(Value::as_str).map(str::to_owned);
                        format!("image {}", tag.unwrap_or_else(|| text(value, "id")))
                    }
                };
                (name, value.clone())
            })
            .collect()
    }

    /// The facts that an example of one object stands for.
    pub(crate) fn document_of(self, example: &Value) -> Value {
        match self {
            Self::Host => example.clone(),
            Self::Container => json!({ "engine": { "containers": { "known": [example] } } }),
            Self::Image => json!({ "engine": { "images": { "known": [example] } } }),
            Self::Network => json!({ "engine": { "networks": { "known": [example] } } }),
            Self::File => json!({ "files": { "known": [example] } }),
        }
    }
}
