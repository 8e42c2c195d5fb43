//! Repairs of services.

use super::{CAPABILITIES, PRIVILEGES, READ_ONLY, Repair, SETUID, gains_nothing, is_unconfined, pinned};
use crate::amend::New;
use crate::node::Node;
use crate::spec::{ContainerSpec, Stated};
use model::Finding;
use std::collections::BTreeMap;

pub(super) fn repair(
    finding: &Finding,
    service: &Node,
    spec: &ContainerSpec,
    digests: &BTreeMap<String, String>,
) -> Option<Repair> {
    let repair = match finding.rule.as_str() {
        "container/new-privileges-allowed" => {
            let is_open = spec.security.no_new_privileges == Stated::Absent && !is_unconfined(spec);
            let repair =
                Repair::append("let no program gain privileges", &["security_opt"], "no-new-privileges:true");
            is_open.then(|| if gains_nothing(spec) { repair } else { repair.but(SETUID) })?
        }
        "container/capabilities-not-dropped" if !is_unconfined(spec) => {
            Repair::append("drop all capabilities", &["cap_drop"], "ALL").but(CAPABILITIES)
        }
        "container/writable-root" => {
            Repair::set("make the root file system read-only", &["read_only"], New::plain("true"))
                .but(READ_ONLY)
        }
        "container/privileged" => {
            Repair::set("take the privileges away", &["privileged"], New::plain("false")).but(PRIVILEGES)
        }
        "container/no-pids-limit" if service.at(&["deploy", "resources", "limits"]).is_none() => {
            Repair::set("bound its processes and threads", &["pids_limit"], New::plain("256"))
                .but("it has to need no more than 256 at once")
        }
        "container/restarts-without-bound" if service.get("restart").is_some() => {
            Repair::set("give up after five failures", &["restart"], New::text("on-failure:5"))
                .but("it then stays down after five failures, and after one stop that was meant")
        }
        "container/logs-without-bound" if service.get("logging").is_none() => logging(),
        "container/port-on-all-interfaces" => port(finding, service)?,
        "container/image-without-digest" | "container/image-tag-latest" => {
            Repair::set("pin the digest", &["image"], New::text(&pinned(spec, digests)?))
        }
        _ => return None,
    };
    Some(repair)
}

fn logging() -> Repair {
    let options = vec![("max-size".to_owned(), New::text("10m")), ("max-file".to_owned(), New::text("3"))];
    let logging = New::Map(vec![
        ("driver".to_owned(), New::text("json-file")),
        ("options".to_owned(), New::Map(options)),
    ]);
    Repair::set("bound its logs", &["logging"], logging)
        .but("lines before the last 30 MB are lost, and a driver that the daemon sets for all is left")
}

/// A published port in its short form, without an address.
fn port(finding: &Finding, service: &Node) -> Option<Repair> {
    let span = finding.location.source.as_ref()?;
    let is_here =
        |item: &Node| item.place.is_some_and(|place| (place.line, place.column) == (span.line, span.column));
    let at = service.get("ports")?.items().iter().position(is_here)?;
    let text = service.get("ports")?.items()[at].text()?;
    let is_bare = text.matches(':').count() == 1 && !text.contains('$');
    let put = New::text(&format!("127.0.0.1:{text}"));
    is_bare.then(|| {
        Repair::set("publish the port on this machine alone", &["ports", &at.to_string()], put)
            .but("nobody else reaches it any more but through a proxy here")
    })
}
