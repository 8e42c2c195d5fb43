//! What rules ask for and never get.

use crate::fields::FieldId;
use crate::fields::container::ContainerField as C;
use crate::fields::descriptor::DescriptorField as D;
use crate::fields::event::EventField as E;
use crate::fields::process::ProcessField as P;
use falco::{OutputPart, Rule, Ruleset, Typed, TypedKind, TypedOperand, TypedRight};
use serde::Serialize;
use std::collections::BTreeMap;

/// A field that a rule asks for, and that no event has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UnmetNeed {
    /// Name of the rule.
    pub rule: String,
    /// The field.
    pub field: String,
    /// Whether the condition asks for it; else the output alone.
    pub in_condition: bool,
    /// Why it has no value.
    pub reason: &'static str,
}

/// The fields without values that enabled rules ask for, each once a rule.
#[must_use]
pub fn unmet_needs(ruleset: &Ruleset) -> Vec<UnmetNeed> {
    let mut needs = Vec::new();
    for rule in ruleset.rules.iter().filter(|rule| rule.is_enabled) {
        let mut fields = BTreeMap::new();
        look_at_rule(rule, &mut fields);
        for (field, (in_condition, reason)) in fields {
            needs.push(UnmetNeed { rule: rule.name.clone(), field, in_condition, reason });
        }
    }
    needs
}

type Fields = BTreeMap<String, (bool, &'static str)>;

fn look_at_rule(rule: &Rule, fields: &mut Fields) {
    look_at_condition(&rule.typed, fields);
    for part in &rule.output_parts {
        if let OutputPart::Value { operand, .. } = part {
            look_at_operand(operand, false, fields);
        }
    }
}

fn look_at_condition(condition: &Typed, fields: &mut Fields) {
    match condition {
        Typed::And(parts) | Typed::Or(parts) => parts.iter().for_each(|part| look_at_condition(part, fields)),
        Typed::Not(inner) => look_at_condition(inner, fields),
        Typed::Check(check) => {
            look_at_operand(&check.left, true, fields);
            if let TypedRight::Operand(operand) = &check.right {
                look_at_operand(operand, true, fields);
            }
        }
    }
}

fn look_at_operand(operand: &TypedOperand, in_condition: bool, fields: &mut Fields) {
    match &operand.kind {
        TypedKind::Field(field) => {
            if let Some(reason) = FieldId::of_number(field.id).and_then(reason) {
                fields.entry(field.name.clone()).or_insert((in_condition, reason));
            }
        }
        TypedKind::Function { operands, .. } | TypedKind::List(operands) => {
            operands.iter().for_each(|operand| look_at_operand(operand, in_condition, fields));
        }
        TypedKind::Literal(_) => {}
    }
}

/// Why a field never has a value; nothing for those that can have one.
fn reason(field: FieldId) -> Option<&'static str> {
    Some(match field {
        FieldId::Descriptor(D::ClientIpName | D::ServerIpName | D::LocalIpName | D::RemoteIpName) => {
            "names are not looked up for addresses: an attacker would answer, and the look-up is traffic"
        }
        FieldId::Event(E::PluginName | E::PluginInfo) => "events of plugins are not read",
        FieldId::Process(P::Cpu | P::CpuUser | P::CpuSystem) => {
            "no current sensor tells the use of processors"
        }
        FieldId::Container(C::LivenessProbe | C::ReadinessProbe | C::CniResult | C::PodCniResult) => {
            "the engine is not asked for it"
        }
        FieldId::Container(
            C::PodLabel
            | C::PodLabels
            | C::ControllerName
            | C::ControllerId
            | C::ControllerLabel
            | C::ControllerLabels
            | C::ServiceName
            | C::ServiceId
            | C::ServiceLabel
            | C::ServiceLabels
            | C::NamespaceId
            | C::NamespaceLabel
            | C::NamespaceLabels
            | C::ReplicaSetName
            | C::ReplicaSetId
            | C::ReplicaSetLabel
            | C::ReplicaSetLabels
            | C::DeploymentName
            | C::DeploymentId
            | C::DeploymentLabel
            | C::DeploymentLabels,
        ) => "the cluster is not asked, and the engine does not know it",
        _ => return None,
    })
}
