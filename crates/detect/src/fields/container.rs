//! The container of the thread: `container.*`, `k8s.*`, as Falco's plugin `container` names them.

use super::table::fields;

fields! {
    /// Fields of containers and pods.
    ContainerField {
        Id "container.id" Text;
        FullId "container.full_id" Text;
        Name "container.name" Text;
        Image "container.image" Text;
        ImageId "container.image.id" Text;
        Type "container.type" Text;
        IsPrivileged "container.privileged" Bool;
        Mounts "container.mounts" Text;
        Mount "container.mount" Text, IndexOrKeyAlways;
        MountSource "container.mount.source" Text, IndexOrKeyAlways;
        MountDestination "container.mount.dest" Text, IndexOrKeyAlways;
        MountMode "container.mount.mode" Text, IndexOrKeyAlways;
        MountReadWrite "container.mount.rdwr" Text, IndexOrKeyAlways;
        MountPropagation "container.mount.propagation" Text, IndexOrKeyAlways;
        ImageRepository "container.image.repository" Text;
        ImageTag "container.image.tag" Text;
        ImageDigest "container.image.digest" Text;
        HealthCheck "container.healthcheck" Text;
        LivenessProbe "container.liveness_probe" Text;
        ReadinessProbe "container.readiness_probe" Text;
        StartTime "container.start_ts" AbsoluteTime;
        Duration "container.duration" RelativeTime;
        Ip "container.ip" Text;
        Policy "container.policy" Text;
        CniResult "container.cni.json" Text;
        HasHostPid "container.host_pid" Bool;
        HasHostNetwork "container.host_network" Bool;
        HasHostIpc "container.host_ipc" Bool;
        Label "container.label" Text, KeyAlways;
        Labels "container.labels" Text;
        IsHealthCheck "proc.is_container_healthcheck" Bool;
        IsLivenessProbe "proc.is_container_liveness_probe" Bool;
        IsReadinessProbe "proc.is_container_readiness_probe" Bool;
        PodName "k8s.pod.name" Text;
        NamespaceName "k8s.ns.name" Text;
        PodId "k8s.pod.id" Text;
        PodUid "k8s.pod.uid" Text;
        SandboxId "k8s.pod.sandbox_id" Text;
        FullSandboxId "k8s.pod.full_sandbox_id" Text;
        PodLabel "k8s.pod.label" Text, KeyAlways;
        PodLabels "k8s.pod.labels" Text;
        PodIp "k8s.pod.ip" Text;
        PodCniResult "k8s.pod.cni.json" Text;
        ControllerName "k8s.rc.name" Text;
        ControllerId "k8s.rc.id" Text;
        ControllerLabel "k8s.rc.label" Text, KeyAlways;
        ControllerLabels "k8s.rc.labels" Text;
        ServiceName "k8s.svc.name" Text;
        ServiceId "k8s.svc.id" Text;
        ServiceLabel "k8s.svc.label" Text, KeyAlways;
        ServiceLabels "k8s.svc.labels" Text;
        NamespaceId "k8s.ns.id" Text;
        NamespaceLabel "k8s.ns.label" Text, KeyAlways;
        NamespaceLabels "k8s.ns.labels" Text;
        ReplicaSetName "k8s.rs.name" Text;
        ReplicaSetId "k8s.rs.id" Text;
        ReplicaSetLabel "k8s.rs.label" Text, KeyAlways;
        ReplicaSetLabels "k8s.rs.labels" Text;
        DeploymentName "k8s.deployment.name" Text;
        DeploymentId "k8s.deployment.id" Text;
        DeploymentLabel "k8s.deployment.label" Text, KeyAlways;
        DeploymentLabels "k8s.deployment.labels" Text;
    }
}

pub(crate) use super::container_values::value;
