//! Volumes, networks, plugins, credentials (moby `api/types`).

use super::container::{EMPTY, ENDPOINT};
use super::{TEXT_MAP, TEXTS};
use crate::shape::{Field, Object, Shape};

pub(crate) static ACCESS_MODE: Object = Object {
    name: "AccessMode",
    fields: &[&[
        Field { name: "Scope", shape: Shape::Text },
        Field { name: "Sharing", shape: Shape::Text },
        Field { name: "MountVolume", shape: Shape::Object(&TYPE_MOUNT) },
        Field { name: "BlockVolume", shape: Shape::Object(&EMPTY) },
    ]],
    refused: &[],
};
pub(crate) static TYPE_MOUNT: Object = Object {
    name: "MountVolume",
    fields: &[&[Field { name: "FsType", shape: Shape::Text }, Field { name: "MountFlags", shape: TEXTS }]],
    refused: &[],
};
pub(crate) static TOPOLOGY: Object =
    Object { name: "a topology", fields: &[&[Field { name: "Segments", shape: TEXT_MAP }]], refused: &[] };
pub(crate) static TOPOLOGY_REQUIREMENT: Object = Object {
    name: "AccessibilityRequirements",
    fields: &[&[
        Field { name: "Requisite", shape: Shape::List(&Shape::Object(&TOPOLOGY)) },
        Field { name: "Preferred", shape: Shape::List(&Shape::Object(&TOPOLOGY)) },
    ]],
    refused: &[],
};
pub(crate) static CAPACITY: Object = Object {
    name: "CapacityRange",
    fields: &[&[
        Field { name: "RequiredBytes", shape: Shape::Integer },
        Field { name: "LimitBytes", shape: Shape::Integer },
    ]],
    refused: &[],
};
pub(crate) static VOLUME_SECRET: Object = Object {
    name: "a secret of a volume",
    fields: &[&[Field { name: "Key", shape: Shape::Text }, Field { name: "Secret", shape: Shape::Text }]],
    refused: &[],
};
pub(crate) static CLUSTER_VOLUME: Object = Object {
    name: "ClusterVolumeSpec",
    fields: &[&[
        Field { name: "Group", shape: Shape::Text },
        Field { name: "AccessMode", shape: Shape::Object(&ACCESS_MODE) },
        Field { name: "AccessibilityRequirements", shape: Shape::Object(&TOPOLOGY_REQUIREMENT) },
        Field { name: "CapacityRange", shape: Shape::Object(&CAPACITY) },
        Field { name: "Secrets", shape: Shape::List(&Shape::Object(&VOLUME_SECRET)) },
        Field { name: "Availability", shape: Shape::Text },
    ]],
    refused: &[],
};
pub(crate) static VOLUME_CREATE: Object = Object {
    name: "a request for a volume",
    fields: &[&[
        Field { name: "ClusterVolumeSpec", shape: Shape::Object(&CLUSTER_VOLUME) },
        Field { name: "Driver", shape: Shape::Text },
        Field { name: "DriverOpts", shape: TEXT_MAP },
        Field { name: "Labels", shape: TEXT_MAP },
        Field { name: "Name", shape: Shape::Text },
    ]],
    refused: &[],
};
pub(crate) static VOLUME_UPDATE: Object = Object {
    name: "a change of a volume",
    fields: &[&[Field { name: "Spec", shape: Shape::Object(&CLUSTER_VOLUME) }]],
    refused: &[],
};
pub(crate) static IPAM_POOL: Object = Object {
    name: "a pool of addresses",
    fields: &[&[
        Field { name: "Subnet", shape: Shape::Text },
        Field { name: "IPRange", shape: Shape::Text },
        Field { name: "Gateway", shape: Shape::Text },
        Field { name: "AuxiliaryAddresses", shape: TEXT_MAP },
    ]],
    refused: &[],
};
pub(crate) static IPAM: Object = Object {
    name: "IPAM",
    fields: &[&[
        Field { name: "Driver", shape: Shape::Text },
        Field { name: "Options", shape: TEXT_MAP },
        Field { name: "Config", shape: Shape::List(&Shape::Object(&IPAM_POOL)) },
    ]],
    refused: &[],
};
pub(crate) static CONFIG_FROM: Object =
    Object { name: "ConfigFrom", fields: &[&[Field { name: "Network", shape: Shape::Text }]], refused: &[] };
pub(crate) static NETWORK_CREATE: Object = Object {
    name: "a request for a network",
    fields: &[&[
        Field { name: "Name", shape: Shape::Text },
        Field { name: "CheckDuplicate", shape: Shape::Boolean },
        Field { name: "Driver", shape: Shape::Text },
        Field { name: "Scope", shape: Shape::Text },
        Field { name: "EnableIPv4", shape: Shape::Boolean },
        Field { name: "EnableIPv6", shape: Shape::Boolean },
        Field { name: "IPAM", shape: Shape::Object(&IPAM) },
        Field { name: "Internal", shape: Shape::Boolean },
        Field { name: "Attachable", shape: Shape::Boolean },
        Field { name: "Ingress", shape: Shape::Boolean },
        Field { name: "ConfigOnly", shape: Shape::Boolean },
        Field { name: "ConfigFrom", shape: Shape::Object(&CONFIG_FROM) },
        Field { name: "Options", shape: TEXT_MAP },
        Field { name: "Labels", shape: TEXT_MAP },
    ]],
    refused: &[],
};
pub(crate) static NETWORK_CONNECT: Object = Object {
    name: "a request to connect",
    fields: &[&[
        Field { name: "Container", shape: Shape::Text },
        Field { name: "EndpointConfig", shape: Shape::Object(&ENDPOINT) },
    ]],
    refused: &[],
};
pub(crate) static NETWORK_DISCONNECT: Object = Object {
    name: "a request to disconnect",
    fields: &[&[
        Field { name: "Container", shape: Shape::Text },
        Field { name: "Force", shape: Shape::Boolean },
    ]],
    refused: &[],
};
pub(crate) static AUTH: Object = Object {
    name: "credentials",
    fields: &[&[
        Field { name: "username", shape: Shape::Text },
        Field { name: "password", shape: Shape::Text },
        Field { name: "auth", shape: Shape::Text },
        Field { name: "email", shape: Shape::Text },
        Field { name: "serveraddress", shape: Shape::Text },
        Field { name: "identitytoken", shape: Shape::Text },
        Field { name: "registrytoken", shape: Shape::Text },
    ]],
    refused: &[],
};
pub(crate) static PRIVILEGE: Object = Object {
    name: "a privilege",
    fields: &[&[
        Field { name: "Name", shape: Shape::Text },
        Field { name: "Description", shape: Shape::Text },
        Field { name: "Value", shape: TEXTS },
    ]],
    refused: &[],
};
pub(crate) static OUTPUT: Object = Object {
    name: "an output",
    fields: &[&[Field { name: "Type", shape: Shape::Text }, Field { name: "Attrs", shape: TEXT_MAP }]],
    refused: &[],
};
