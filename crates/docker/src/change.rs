//! What is changed about containers that exist, and what is measured before.

use crate::{DockerError, Engine, api::check_name};
use serde_json::Value;

/// Bytes of an answer about one container.
const ANSWER_BYTES_MAX: u64 = 32 << 20;

impl Engine {
    /// Changes limits and the restart policy of a container while it runs (`POST /containers/{id}/update`); returns
    /// what the engine warns of.
    ///
    /// # Errors
    /// When there is none, or the engine refuses.
    pub fn update_container(&self, id: &str, update: &Value) -> Result<Vec<String>, DockerError> {
        check_name(id)?;
        let path = format!("/containers/{id}/update");
        let answer: Value = self.post_json(&path, update, ANSWER_BYTES_MAX)?;
        let warnings = answer["Warnings"].as_array().map_or(&[][..], Vec::as_slice);
        Ok(warnings
            .iter()
            .filter_map(|warning| Some(warning.as_str()?.chars().take(300).collect()))
            .collect())
    }

    /// Takes a container from a network at once, without asking it (`POST /networks/{id}/disconnect`).
    ///
    /// # Errors
    /// When there is none, or the engine refuses: nobody leaves the network of the host.
    pub fn disconnect(&self, container: &str, network: &str) -> Result<(), DockerError> {
        check_name(container)?;
        check_name(network)?;
        let body = serde_json::json!({ "Container": container, "Force": true });
        self.post(&format!("/networks/{network}/disconnect"), &body)
    }

    /// The paths that a container changed in its root file system (`docker diff`), deleted ones left out.
    ///
    /// # Errors
    /// When there is none, or the engine does not answer as its API says.
    pub fn container_changes(&self, id: &str) -> Result<Vec<String>, DockerError> {
        check_name(id)?;
        let answer: Value = self.get_json_within(&format!("/containers/{id}/changes"), ANSWER_BYTES_MAX)?;
        let changes = answer.as_array().map_or(&[][..], Vec::as_slice);
        // Kind 2 is a deletion (moby, api/swagger.yaml, ChangeType).
        let kept = changes.iter().filter(|change| change["Kind"] != 2);
        Ok(kept.filter_map(|change| Some(change["Path"].as_str()?.to_owned())).collect())
    }

    /// Bytes of memory that a running container uses, without what the kernel would give back at once (the file
    /// cache, as `docker stats` counts it); `None` when the engine does not tell.
    ///
    /// # Errors
    /// When there is none, or the engine does not answer as its API says.
    pub fn container_memory_bytes(&self, id: &str) -> Result<Option<u64>, DockerError> {
        check_name(id)?;
        let path = format!("/containers/{id}/stats?stream=false&one-shot=true");
        let answer: Value = self.get_json_within(&path, ANSWER_BYTES_MAX)?;
        let memory = &answer["memory_stats"];
        let Some(usage) = memory["usage"].as_u64() else { return Ok(None) };
        // Control groups of version 1 and 2 name it differently.
        let cache =
            ["total_inactive_file", "inactive_file"].iter().find_map(|name| memory["stats"][name].as_u64());
        Ok(Some(usage.saturating_sub(cache.unwrap_or(0))))
    }

    /// Whether the engine answers.
    #[must_use]
    pub fn is_answering(&self) -> bool {
        self.get_json_within::<Value>("/version", ANSWER_BYTES_MAX).is_ok()
    }
}
