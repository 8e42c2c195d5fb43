//! What a container has of the machine beside others: weights, reservations, sets.

use super::{Build, Inspected, Kept, quoted, text};

/// The engine's size of /dev/shm when none is asked for (moby, daemon/config, `DefaultShmSize`).
const SHM_BYTES_DEFAULT: i64 = 64 << 20;

impl Inspected<'_> {
    pub(super) fn shares(&self, build: &mut Build) {
        let number = |key: &str| self.host[key].as_i64().filter(|value| *value != 0);
        for (key, option, compose, why) in [
            (
                "CpuShares",
                "--cpu-shares",
                Some("cpu_shares"),
                "its weight among others when processors are short",
            ),
            ("CpuPeriod", "--cpu-period", Some("cpu_period"), "the period that its quota counts for"),
            ("CpuQuota", "--cpu-quota", Some("cpu_quota"), "how much of that period it may run"),
            (
                "CpuRealtimePeriod",
                "--cpu-rt-period",
                Some("cpu_rt_period"),
                "the period of its real-time processes",
            ),
            ("CpuRealtimeRuntime", "--cpu-rt-runtime", Some("cpu_rt_runtime"), "how much of it they may run"),
            (
                "MemoryReservation",
                "--memory-reservation",
                Some("mem_reservation"),
                "what stays to it when memory is short",
            ),
            ("BlkioWeight", "--blkio-weight", None, "its weight among others when disks are busy"),
        ] {
            if let Some(value) = number(key) {
                let kept = Kept::option(option, value.to_string());
                let kept = match compose {
                    Some(compose) => kept.compose(compose, value.to_string()),
                    None => kept.compose("blkio_config", format!("weight: {value}")),
                };
                build.keep(kept.pod_note("requests of resources are its counterpart"), why);
            }
        }
        if let Some(value) = self.host["MemorySwappiness"].as_i64().filter(|value| *value >= 0) {
            let kept = Kept::option("--memory-swappiness", value.to_string())
                .compose("mem_swappiness", value.to_string());
            build.keep(kept, "how readily its memory is swapped out");
        }
        for (key, option, compose, why) in [
            ("CpusetCpus", "--cpuset-cpus", Some("cpuset"), "the processors that it runs on"),
            ("CpusetMems", "--cpuset-mems", None, "the memory nodes that it uses"),
        ] {
            if let Some(set) = text(&self.host[key]) {
                let kept = Kept::option(option, set);
                let kept = match compose {
                    Some(compose) => kept.compose(compose, quoted(set)),
                    None => {
                        build.note(format!("{option} {set}: compose has no key for it"));
                        kept
                    }
                };
                build.keep(kept.pod_note("the kubelet's static policy assigns processors"), why);
            }
        }
        match number("OomScoreAdj") {
            Some(score) if score > 0 => {
                let kept = Kept::option("--oom-score-adj", score.to_string());
                build.keep(
                    kept.compose("oom_score_adj", score.to_string()),
                    "it goes before others when memory is short",
                );
            }
            Some(score) => {
                build.note(format!("--oom-score-adj {score} is taken away: others are killed in its place"));
            }
            None => {}
        }
        if self.host["OomKillDisable"] == true {
            build.note("--oom-kill-disable is taken away: it hangs for ever when its memory is used up");
        }
        if let Some(size) = number("ShmSize").filter(|size| *size != SHM_BYTES_DEFAULT) {
            let kept =
                Kept::option("--shm-size", size.to_string()).compose("shm_size", quoted(&size.to_string()));
            let note = "mount an emptyDir of medium Memory on /dev/shm";
            build.keep(kept.quadlet("ShmSize").pod_note(note), "shared memory of its processes");
        }
    }

    pub(super) fn block_io(&self, build: &mut Build) {
        for (key, option, compose) in [
            ("BlkioDeviceReadBps", "--device-read-bps", "device_read_bps"),
            ("BlkioDeviceWriteBps", "--device-write-bps", "device_write_bps"),
            ("BlkioDeviceReadIOps", "--device-read-iops", "device_read_iops"),
            ("BlkioDeviceWriteIOps", "--device-write-iops", "device_write_iops"),
        ] {
            let limits = self.host[key].as_array().map_or(&[][..], Vec::as_slice);
            let (mut words, mut entries) = (Vec::new(), Vec::new());
            for limit in limits {
                let (Some(path), Some(rate)) = (limit["Path"].as_str(), limit["Rate"].as_u64()) else {
                    continue;
                };
                words.extend([option.to_owned(), format!("{path}:{rate}")]);
                entries.push(format!("{{ path: {}, rate: {rate} }}", quoted(path)));
            }
            if !words.is_empty() {
                let kept = Kept { words, ..Kept::flag(option) };
                let kept = kept.compose("blkio_config", format!("{compose}: [{}]", entries.join(", ")));
                build.keep(kept.pod_note("no pod bounds a disk"), "how fast it may use a disk");
            }
        }
    }
}
