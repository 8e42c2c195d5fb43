//! The rules.

mod accounts;
mod add;
mod benchmarks;
mod downloads;
mod environment;
mod health;
mod leftovers;
mod modes;
mod origin;
mod package_managers;
mod ports;
mod privileges;
mod secrets;
mod software;
mod ssh;
mod start;
mod trust;
mod user_root;
mod volumes;

pub use benchmarks::{BENCHMARKS, Benchmark, Coverage};
pub(crate) use secrets::{hide_credentials, names_secret};

use crate::{CheckHit, subject::Subject};
use model::RuleInfo;

/// A rule with what else it is called and what it is shown by.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Id, severity and texts.
    pub info: RuleInfo,
    /// What other tools call it: CIS Docker Benchmark, dockle, hadolint, Trivy, Checkov, BuildKit.
    pub aliases: &'static [&'static str],
    /// Facts that it tells, one a line.
    pub bad: &'static str,
    /// Facts on which it is silent.
    pub good: &'static str,
}

pub(crate) type Check = fn(&Subject<'_>, &mut Vec<CheckHit>);

/// Every family of rules.
pub(crate) const CHECKS: &[Check] = &[
    accounts::check,
    add::check,
    downloads::check,
    environment::check,
    health::check,
    leftovers::check,
    modes::check,
    origin::check,
    package_managers::check,
    ports::check,
    privileges::check,
    secrets::check,
    software::check,
    ssh::check,
    start::check,
    trust::check,
    user_root::check,
    volumes::check,
];

static ALL: [&Rule; 63] = [
    &accounts::PERMISSIONS,
    &add::ADD,
    &software::ANALYSIS_TOOL,
    &ssh::AUTHORIZED_KEYS,
    &leftovers::BUILD_FILE,
    &trust::CERTIFICATE,
    &privileges::CHMOD,
    &trust::CLIENT,
    &software::COMPILER,
    &leftovers::CREDENTIAL_FILE,
    &start::DEBUGGING,
    &modes::DEVICE,
    &package_managers::DISTRIBUTION_UPGRADE,
    &accounts::DUPLICATE,
    &leftovers::LEFTOVER,
    &accounts::EMPTY_PASSWORD,
    &volumes::ENGINE_SOCKET,
    &modes::CAPABILITY,
    &health::KILL_SIGNAL,
    &origin::LATEST_TAG,
    &package_managers::LONE_UPDATE,
    &trust::NAME_RESOLUTION,
    &health::NO_HEALTH_CHECK,
    &origin::OLD_BASE,
    &origin::OLD_IMAGE,
    &start::ON_BUILD,
    &package_managers::CACHE,
    &software::PACKAGE_MANAGER,
    &package_managers::UPGRADE,
    &privileges::PASSWORD,
    &privileges::PASSWORDLESS,
    &environment::PRELOAD,
    &ports::PRIVILEGED,
    &modes::USER_OWNED,
    &add::REMOTE,
    &ports::REMOTE_LOGIN,
    &downloads::PIPED,
    &user_root::RULE,
    &accounts::SECOND_ROOT,
    &secrets::ENVIRONMENT,
    &secrets::HISTORY,
    &secrets::LABEL,
    &volumes::SENSITIVE,
    &modes::SET_ID,
    &modes::SET_ID_UNPACKAGED,
    &start::SHELL_FORM,
    &leftovers::SHELL_HISTORY,
    &ssh::HOST_KEY,
    &ssh::ROOT_LOGIN,
    &software::SSH_SERVER,
    &privileges::SUDO_INSTALLED,
    &privileges::SUDO,
    &software::LEGACY_SERVER,
    &package_managers::UNPINNED,
    &environment::SEARCH_PATH,
    &trust::UNSIGNED_SOURCE,
    &origin::UNTRUSTED_REGISTRY,
    &environment::VERIFICATION,
    &downloads::UNVERIFIED,
    &leftovers::VERSION_CONTROL,
    &accounts::WEAK_HASH,
    &modes::WORLD_WRITABLE_DIRECTORY,
    &modes::WORLD_WRITABLE_FILE,
];

/// Every rule, sorted by id.
pub static RULES: &[RuleInfo] = &[
    accounts::PERMISSIONS.info,
    add::ADD.info,
    software::ANALYSIS_TOOL.info,
    ssh::AUTHORIZED_KEYS.info,
    leftovers::BUILD_FILE.info,
    trust::CERTIFICATE.info,
    privileges::CHMOD.info,
    trust::CLIENT.info,
    software::COMPILER.info,
    leftovers::CREDENTIAL_FILE.info,
    start::DEBUGGING.info,
    modes::DEVICE.info,
    package_managers::DISTRIBUTION_UPGRADE.info,
    accounts::DUPLICATE.info,
    leftovers::LEFTOVER.info,
    accounts::EMPTY_PASSWORD.info,
    volumes::ENGINE_SOCKET.info,
    modes::CAPABILITY.info,
    health::KILL_SIGNAL.info,
    origin::LATEST_TAG.info,
    package_managers::LONE_UPDATE.info,
    trust::NAME_RESOLUTION.info,
    health::NO_HEALTH_CHECK.info,
    origin::OLD_BASE.info,
    origin::OLD_IMAGE.info,
    start::ON_BUILD.info,
    package_managers::CACHE.info,
    software::PACKAGE_MANAGER.info,
    package_managers::UPGRADE.info,
    privileges::PASSWORD.info,
    privileges::PASSWORDLESS.info,
    environment::PRELOAD.info,
    ports::PRIVILEGED.info,
    modes::USER_OWNED.info,
    add::REMOTE.info,
    ports::REMOTE_LOGIN.info,
    downloads::PIPED.info,
    user_root::RULE.info,
    accounts::SECOND_ROOT.info,
    secrets::ENVIRONMENT.info,
    secrets::HISTORY.info,
    secrets::LABEL.info,
    volumes::SENSITIVE.info,
    modes::SET_ID.info,
    modes::SET_ID_UNPACKAGED.info,
    start::SHELL_FORM.info,
    leftovers::SHELL_HISTORY.info,
    ssh::HOST_KEY.info,
    ssh::ROOT_LOGIN.info,
    software::SSH_SERVER.info,
    privileges::SUDO_INSTALLED.info,
    privileges::SUDO.info,
    software::LEGACY_SERVER.info,
    package_managers::UNPINNED.info,
    environment::SEARCH_PATH.info,
    trust::UNSIGNED_SOURCE.info,
    origin::UNTRUSTED_REGISTRY.info,
    environment::VERIFICATION.info,
    downloads::UNVERIFIED.info,
    leftovers::VERSION_CONTROL.info,
    accounts::WEAK_HASH.info,
    modes::WORLD_WRITABLE_DIRECTORY.info,
    modes::WORLD_WRITABLE_FILE.info,
];

/// Every rule with its examples, sorted by id.
#[must_use]
pub fn rules() -> &'static [&'static Rule] {
    &ALL
}
