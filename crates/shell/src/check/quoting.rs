//! Rules about words that are split, expanded or kept from it.

use super::{Hits, Text, flow, replace};
use crate::sites::Place;
use crate::{PartKind, Span, rules};

pub(super) fn judge(text: &Text<'_>, hits: &mut Hits) {
    for site in &text.sites.parts {
        let span = &site.part.span;
        match &site.part.kind {
            PartKind::CommandSubstitution(list) | PartKind::Backticks(list) => {
                if !site.is_quoted && !site.is_in_parameter && !list.is_empty() && is_split(text, site.place, span) {
                    let edits = vec![replace(span.start..span.start, "\""), replace(span.end..span.end, "\"")];
                    let message = "the output of the command is split into words and expanded as a pattern";
                    hits.add_with_fix(&rules::UNQUOTED_COMMAND_OUTPUT, span, message, "quote the output", edits);
                }
            }
            _ => (),
        }
    }
}

/// Whether a bare expansion at this place is split into words.
fn is_split(text: &Text<'_>, place: Place, span: &Span) -> bool {
    match place {
        Place::Name | Place::Argument(..) => {
            let Place::Argument(command, argument) = place else { return !is_lone(text, span) };
            let simple = text.sites.simples[command].simple;
            let is_declaration = flow::DECLARATIONS.iter().any(|name| simple.is(name));
            !(is_declaration && simple.arguments()[argument].as_assignment().is_some())
        }
        Place::Target => true,
        _ => false,
    }
}

fn is_lone(text: &Text<'_>, span: &Span) -> bool {
    text.sites.words.iter().any(|site| site.place == Place::Name && site.word.span == *span)
}
