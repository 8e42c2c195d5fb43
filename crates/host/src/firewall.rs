//! The packet filter.

use crate::{Roots, nftables::read_nftables, program};
use facts::{Fact, FilterChain, Firewall};
use model::GapReason;

/// Lines of one table.
const LINES_MAX: usize = 20_000;

/// Rules as `iptables -S` prints them, whichever backend is below.
pub(crate) fn collect(roots: &Roots) -> Firewall {
    if !roots.is_this_machine() {
        let why = || {
            Fact::missing(
                GapReason::Unsupported,
                "the packet filter can be asked of the running machine alone",
            )
        };
        let nftables = Fact::missing(
            GapReason::Unsupported,
            "the packet filter can be asked of the running machine alone",
        );
        return Firewall { filter: why(), filter6: why(), nat: why(), nat6: why(), nftables };
    }
    Firewall {
        filter: rules("iptables", &["-w", "2", "-S"]),
        filter6: rules("ip6tables", &["-w", "2", "-S"]),
        nat: rules("iptables", &["-w", "2", "-t", "nat", "-S"]),
        nat6: rules("ip6tables", &["-w", "2", "-t", "nat", "-S"]),
        nftables: nftables(),
    }
}

fn nftables() -> Fact<Vec<FilterChain>> {
    // `-t` leaves out the elements of sets that rules refer to by name, of which there may be very many; then conditions on
    // them are not known.
    match program::run("nft", &["-j", "-t", "list", "ruleset"]) {
        Ok(text) => match read_nftables(&text) {
            Ok(chains) => Fact::Known(chains),
            Err(error) => Fact::missing(GapReason::Malformed, format!("nft list ruleset: {error}")),
        },
        Err(error) => Fact::missing(GapReason::Unreadable, format!("nft list ruleset: {error}")),
    }
}

fn rules(program: &str, arguments: &[&str]) -> Fact<Vec<String>> {
    match program::run(program, arguments) {
        Ok(text) if text.lines().count() > LINES_MAX => {
            Fact::missing(GapReason::LimitReached, format!("{program} has more than {LINES_MAX} rules"))
        }
        Ok(text) => Fact::Known(text.lines().map(str::to_owned).collect()),
        Err(error) => Fact::missing(GapReason::Unreadable, format!("{program} -S: {error}")),
    }
}
