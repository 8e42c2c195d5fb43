//! `Link` headers that lead to the next page of a listing (RFC 8288; distribution-spec, "Listing Tags").

/// The address of the next page: what the link with `rel="next"` names.
pub(crate) fn next_page(header: &str) -> Option<&str> {
    let mut rest = header;
    while let Some((_, after)) = rest.split_once('<') {
        let (target, after) = after.split_once('>')?;
        let parameters = after.split('<').next().unwrap_or("");
        let is_next = parameters.split([';', ',']).any(|parameter| {
            parameter.trim().split_once('=').is_some_and(|(name, value)| {
                name.trim().eq_ignore_ascii_case("rel")
                    && value.trim().trim_matches('"').eq_ignore_ascii_case("next")
            })
        });
        if is_next {
            return Some(target);
        }
        rest = after;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_link_is_found() {
        assert_eq!(next_page(r#"</v2/_catalog?last=b&n=2>; rel="next""#), Some("/v2/_catalog?last=b&n=2"));
        assert_eq!(next_page(r#"<a>; rel=prev, <b>; title="x"; REL=next"#), Some("b"));
        for none in ["", "<a", "<a>; rel=prev", "a; rel=next"] {
            assert_eq!(next_page(none), None, "{none}");
        }
    }
}
