//! The detector.

use crate::head_class::HeadClass;
use crate::matches::Matches;
use crate::pack::Pack;
use crate::scanners::{Fate, with_scanner};
use crate::variables::value_of;
use content::{Budget, Detector, FileView, Halt, Hit, Pieces, Sifted};
use model::GapReason;
use std::ops::ControlFlow;
use yara_x::ScanError;

/// Looks at files with packs of YARA rules.
///
/// When only the beginning of a file is shown, rules are judged on that: `filesize` is the size of what is shown, and
/// what the `pe`, `elf` and similar modules tell of parts behind it is undefined. The engine reports that gap.
///
/// Rules with GuardDog's metadata (`identifies = "threat.…"` or `"capability.…"`) are not hits by themselves: they are
/// combined within the file as GuardDog combines them within a package ([`form_risks`]), and a threat that counts
/// becomes a hit whose severity is the file's label (high risk: high, suspicious: medium, low: low). Combinations over
/// several files of a package are not made here; [`form_risks`] and [`score`] are there for who knows the package.
#[derive(Debug)]
pub struct Yara {
    packs: Vec<Pack>,
    digest: String,
}

impl Yara {
    /// A detector with packs.
    #[must_use]
    pub fn new(packs: Vec<Pack>) -> Self {
        let digest = packs.iter().map(|pack| pack.header().digest.as_str()).collect::<Vec<_>>().join(" ");
        Self { packs, digest }
    }

    /// The packs.
    #[must_use]
    pub fn packs(&self) -> &[Pack] {
        &self.packs
    }

    fn uses(&self, variable: &str) -> bool {
        self.packs.iter().any(|pack| pack.header().variables.iter().any(|name| name == variable))
    }
}

impl Detector for Yara {
    fn name(&self) -> &'static str {
        "yara"
    }

    fn digest(&self) -> String {
        self.digest.clone()
    }

    fn wants(&self, file: &FileView<'_>) -> bool {
        !file.is_verified && file.size > 0 && !self.packs.is_empty()
    }

    fn context(&self, file: &FileView<'_>) -> u64 {
        // Only what a condition or a path filter can see tells files of the same bytes apart.
        let mut seen = String::new();
        for variable in crate::compile::VARIABLES {
            if self.uses(variable) {
                seen.push_str(&value_of(variable, file, &[]));
                seen.push('\n');
            }
        }
        if self.packs.iter().any(|pack| pack.header().has_path_filters) {
            seen.push_str(file.inner_path());
        }
        model::path_hash(&seen)
    }

    fn examine(
        &self,
        file: &FileView<'_>,
        bytes: &[u8],
        budget: &Budget,
        hits: &mut Vec<Hit>,
    ) -> Result<(), Halt> {
        let class = HeadClass::of(bytes);
        let mut halt = None;
        for pack in &self.packs {
            budget.check()?;
            // The other packs look all the same.
            if let Err(reason) = examine_with(pack, class, file, bytes, budget, hits) {
                halt.get_or_insert(reason);
            }
        }
        halt.map_or(Ok(()), Err)
    }

    fn sift(
        &self,
        _: &FileView<'_>,
        pieces: &Pieces<'_>,
        budget: &Budget,
        _: &mut Vec<Hit>,
    ) -> Result<Sifted, Halt> {
        let unreadable = |error| Halt::unreadable(&error);
        let class = HeadClass::of(&pieces.head(HEAD_BYTES).map_err(unreadable)?);
        let mut sieves = Vec::new();
        for gate in self.packs.iter().flat_map(|pack| pack.gates(class)) {
            match gate {
                Some(gate) => sieves.push(gate.sieve(pieces.len())),
                // Rules that every file meets.
                None => return Ok(Sifted::NeedsWhole),
            }
        }
        let mut end = Ok(Sifted::Judged);
        let look = |_: u64, piece: &[u8]| {
            if let Err(halt) = budget.check() {
                end = Err(halt);
            } else if sieves.iter_mut().any(|sieve| sieve.opens(piece)) {
                end = Ok(Sifted::NeedsWhole);
            } else {
                return ControlFlow::Continue(());
            }
            ControlFlow::Break(())
        };
        pieces.each(look).map_err(unreadable)?;
        end
    }
}

/// As many bytes as tell the class.
const HEAD_BYTES: usize = 16;

fn examine_with(
    pack: &Pack,
    class: HeadClass,
    file: &FileView<'_>,
    bytes: &[u8],
    budget: &Budget,
    hits: &mut Vec<Hit>,
) -> Result<(), Halt> {
    let internal = |detail: String| Halt { reason: GapReason::Internal, detail };
    let parts = pack.rules(class, bytes).map_err(|error| internal(error.to_string()))?;
    let mut matches = Matches::new(pack, file, bytes);
    let mut halt = Ok(());
    for rules in parts {
        let end = with_scanner(rules, |scanner| {
            for variable in &pack.header().variables {
                // The compiler defined every variable as text.
                let value = value_of(variable, file, bytes);
                scanner.set_global(variable, value.as_str()).expect("the variable is defined as text");
            }
            scanner.set_timeout(budget.left());
            // Only the first match of a pattern is needed, unless its condition counts, or places are compared.
            scanner.fast_scan(!pack.header().has_path_filters);
            match scanner.scan(bytes) {
                Ok(results) => {
                    matches.add(&results);
                    (Ok(()), Fate::Keep)
                }
                Err(ScanError::Timeout) => {
                    let detail =
                        format!("the rules of pack '{}' took longer than allowed for one file", pack.name());
                    (Err(Halt { reason: GapReason::LimitReached, detail }), Fate::Drop)
                }
                Err(error) => (Err(internal(format!("pack '{}': {error}", pack.name()))), Fate::Drop),
            }
        });
        halt = halt.and(end);
    }
    halt.and(matches.tell(hits))
}
