//! All rules on all objects.

use crate::object::{Object, workloads};
use crate::sink::{Judged, Rule};
use crate::{components, rbac, rules as catalogue, unanswered};
use model::RuleInfo;
use std::{collections::BTreeMap, sync::LazyLock};
use workload::{PodContext, Surroundings, read_pod};

/// What is known around the objects.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The objects are the whole cluster: what is not among them is not there. Otherwise they are files, and what is
    /// missing may be somewhere else.
    pub is_whole_cluster: bool,
    /// Kinds of which not all objects are known, and why: `networkpolicies.networking.k8s.io`. What depends on one that is
    /// not there cannot be told.
    pub missing: BTreeMap<String, String>,
    /// The place where containers run.
    pub surroundings: Surroundings,
}

/// Judges objects: pods by the rules about containers and by the Pod Security Standards, rights as one graph, network
/// policies, namespaces, components of the control plane. Pods that a workload of the list made are judged by it; pods of
/// a workload that is not in the list are judged once.
#[must_use]
pub fn judge(objects: &[Object], options: &Options) -> Judged {
    let mut out = Judged::default();
    let all: Vec<&Object> = objects.iter().collect();
    let accounts: Vec<&Object> = objects.iter().filter(|object| object.kind == "ServiceAccount").collect();
    for object in objects {
        catalogue::cluster::judge(object, &mut out);
        catalogue::storage::judge(object, &mut out);
        components::judge_object(object, &mut out);
    }
    let workloads = workloads(objects);
    for (object, pod) in &workloads {
        let context = PodContext { object: object.label(), metadata: pod.metadata, place: object.start() };
        let containers = read_pod(pod.spec, &context);
        catalogue::pods::judge(object, *pod, &containers, &accounts, options, &mut out);
        catalogue::cluster::tiller(object, &containers, &mut out);
        for container in &containers {
            out.join(workload::report(container, object.file.as_deref(), &options.surroundings));
            components::judge_container(object, container, &mut out);
        }
    }
    catalogue::network::judge(&all, &workloads, options, &mut out);
    catalogue::powerful_account::judge(&all, &workloads, &accounts, options, &mut out);
    rbac::judge(&all, &mut out);
    unanswered::unknown(&mut out);
    unanswered::admission_policies(objects, &mut out);
    out
}

static ALL: LazyLock<Vec<Rule>> = LazyLock::new(|| {
    use catalogue::{cluster, network, pods, powerful_account, storage};
    let mut all = vec![
        cluster::EXTERNAL_ADDRESS,
        cluster::INGRESS_SNIPPET,
        cluster::INGRESS_WITHOUT_TLS,
        cluster::NO_STANDARD,
        cluster::REMOVED_VERSION,
        cluster::TILLER,
        network::NAMESPACE_OPEN,
        network::POD_OPEN,
        network::POLICY_ALLOWS_ALL,
        pods::DEFAULT_ACCOUNT,
        pods::DEFAULT_NAMESPACE,
        pods::HOST_ALIASES,
        pods::HOST_PATH,
        pods::LOW_GROUP_ID,
        pods::LOW_USER_ID,
        pods::NAKED_POD,
        pods::NO_CPU_REQUEST,
        pods::NO_MEMORY_REQUEST,
        pods::ENGINE_SOCKET,
        pods::PROCESS_NAMESPACE_SHARED,
        pods::SECRET_AS_VARIABLE,
        pods::SYSTEM_NAMESPACE,
        pods::TOKEN_MOUNTED,
        pods::VIOLATES_BASELINE,
        pods::VIOLATES_RESTRICTED,
        powerful_account::POWERFUL_ACCOUNT,
        storage::AUDIT_POLICY_INCOMPLETE,
        storage::SECRET_IN_CONFIG_MAP,
        storage::SECRETS_NOT_ENCRYPTED,
    ];
    all.extend(rbac::rules());
    all.extend(components::rules());
    all.sort_by_key(|rule| rule.info.id);
    all
});

static INFOS: LazyLock<Vec<RuleInfo>> = LazyLock::new(|| ALL.iter().map(|rule| rule.info).collect());

/// Every rule of this crate with its aliases, sorted by id; those about containers are the crate `workload`'s.
#[must_use]
pub fn rules() -> &'static [Rule] {
    &ALL
}

/// What is the same for every hit of each rule, sorted by id.
#[must_use]
pub fn rule_infos() -> &'static [RuleInfo] {
    &INFOS
}
