//! One file. Relative paths start at its directory (client-go, `ResolvePaths`).

use super::{ClusterEntry, ContextEntry, Impersonation, Kubeconfig, Plugin, Source, UserEntry};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use model::Redacted;
use std::path::{Path, PathBuf};
use workload::{DocumentLimits, Node, parse_documents};

/// Entries of one list.
const ENTRIES_MAX: usize = 10_000;

/// Reads a kubeconfig, YAML or JSON; `folder` is where it lies. Fields that are not known are passed over, as client-go
/// does.
///
/// # Errors
/// What is wrong with the text, without its values.
pub fn parse_kubeconfig(text: &str, folder: &Path) -> Result<Kubeconfig, String> {
    let documents = parse_documents(text, &DocumentLimits::default());
    // Credentials stand in it: a problem is told by its place alone.
    if let Some(document) = documents.iter().find(|document| !document.problems.is_empty()) {
        return Err(format!("the document at line {} is no YAML", document.line));
    }
    let Some(root) = documents.into_iter().find_map(|document| document.root) else {
        return Ok(Kubeconfig::default());
    };
    if root.is_null() {
        return Ok(Kubeconfig::default());
    }
    if !root.is_map() {
        return Err("it is no mapping".to_owned());
    }
    match root.get("kind").and_then(Node::text) {
        None | Some("Config") => {}
        Some(_) => return Err("its kind is not Config".to_owned()),
    }
    let mut config =
        Kubeconfig { current_context: text_of(&root, "current-context"), ..Kubeconfig::default() };
    each(&root, "contexts", "context", |name, node| {
        let entry = ContextEntry {
            cluster: text_of(node, "cluster").unwrap_or_default(),
            user: text_of(node, "user").unwrap_or_default(),
            namespace: text_of(node, "namespace"),
        };
        config.contexts.entry(name).or_insert(entry);
        Ok(())
    })?;
    each(&root, "clusters", "cluster", |name, node| {
        let entry = cluster(node, folder).map_err(|reason| format!("cluster: {reason}"))?;
        config.clusters.entry(name).or_insert(entry);
        Ok(())
    })?;
    each(&root, "users", "user", |name, node| {
        let entry = user(node, folder).map_err(|reason| format!("user: {reason}"))?;
        config.users.entry(name).or_insert(entry);
        Ok(())
    })?;
    Ok(config)
}

fn each(
    root: &Node,
    list: &str,
    key: &str,
    mut take: impl FnMut(String, &Node) -> Result<(), String>,
) -> Result<(), String> {
    let items = root.get(list).map_or(&[][..], Node::items);
    if items.len() > ENTRIES_MAX {
        return Err(format!("it has more than {ENTRIES_MAX} {list}"));
    }
    for item in items {
        let empty = Node::default();
        take(text_of(item, "name").unwrap_or_default(), item.get(key).unwrap_or(&empty))?;
    }
    Ok(())
}

fn cluster(node: &Node, folder: &Path) -> Result<ClusterEntry, String> {
    Ok(ClusterEntry {
        server: text_of(node, "server").unwrap_or_default(),
        authority: source(node, "certificate-authority", folder)?,
        tls_server_name: text_of(node, "tls-server-name"),
        is_unverified: node.get("insecure-skip-tls-verify").and_then(Node::boolean) == Some(true),
        proxy_url: text_of(node, "proxy-url"),
    })
}

fn user(node: &Node, folder: &Path) -> Result<UserEntry, String> {
    let secret = |key: &str| text_of(node, key).map(Redacted::new);
    Ok(UserEntry {
        client_certificate: source(node, "client-certificate", folder)?,
        client_key: source(node, "client-key", folder)?,
        token: secret("token"),
        token_file: text_of(node, "tokenFile").map(|path| resolve(&path, folder)),
        basic: text_of(node, "username")
            .map(|name| (name, secret("password").unwrap_or_else(|| Redacted::new(String::new())))),
        impersonation: text_of(node, "as").map(|name| Impersonation {
            name,
            uid: text_of(node, "as-uid"),
            groups: texts(node.get("as-groups")),
            extra: node
                .get("as-user-extra")
                .map_or(&[][..], Node::entries)
                .iter()
                .flat_map(|entry| {
                    texts(Some(&entry.value)).into_iter().map(|value| (entry.key.clone(), value))
                })
                .collect(),
        }),
        plugin: node.get("exec").filter(|exec| exec.is_map()).map(|exec| plugin(exec, folder)),
        provider: node.get("auth-provider").and_then(|provider| {
            let name = text_of(provider, "name")?;
            let config = provider.get("config")?;
            // What `oidc`, and `gcp` and `azure`, kept there.
            let token = text_of(config, "id-token").or_else(|| text_of(config, "access-token"));
            Some((name, token.map(Redacted::new)))
        }),
    })
}

fn plugin(node: &Node, folder: &Path) -> Plugin {
    let command = text_of(node, "command").unwrap_or_default();
    let is_path = command.contains('/');
    Plugin {
        command: if is_path { resolve(&command, folder).display().to_string() } else { command },
        arguments: texts(node.get("args")),
        environment: node
            .get("env")
            .map_or(&[][..], Node::items)
            .iter()
            .filter_map(|item| {
                Some((text_of(item, "name")?, Redacted::new(text_of(item, "value").unwrap_or_default())))
            })
            .collect(),
        api_version: text_of(node, "apiVersion").unwrap_or_default(),
        wants_cluster: node.get("provideClusterInfo").and_then(Node::boolean) == Some(true),
        needs_terminal: node.get("interactiveMode").and_then(Node::text) == Some("Always"),
    }
}

/// `KEY-data`, which counts more, or the file that `KEY` names.
fn source(node: &Node, key: &str, folder: &Path) -> Result<Option<Source>, String> {
    if let Some(data) = text_of(node, &format!("{key}-data")) {
        let compact: String = data.split_whitespace().collect();
        let bytes = STANDARD.decode(compact).map_err(|_| format!("{key}-data is no base64"))?;
        return Ok(Some(Source::Inline(Redacted::new(bytes))));
    }
    Ok(text_of(node, key).map(|path| Source::File(resolve(&path, folder))))
}

fn resolve(path: &str, folder: &Path) -> PathBuf {
    folder.join(path)
}

/// A text that is not empty.
fn text_of(node: &Node, key: &str) -> Option<String> {
    node.get(key).and_then(Node::text).filter(|text| !text.is_empty()).map(str::to_owned)
}

fn texts(node: Option<&Node>) -> Vec<String> {
    node.map_or(&[][..], Node::items).iter().filter_map(Node::text).map(str::to_owned).collect()
}
