//! Links to the next page of a list.

use crate::call::Page;
use crate::query::Query;

/// The next page that a registry's `Link` field names (RFC 8288); its address is not used, only what it says. `None` when there is
/// none, or when it cannot be understood.
#[must_use]
pub fn next_page(link: &str) -> Option<Page> {
    let (address, rest) = link.trim().strip_prefix('<')?.split_once('>')?;
    let is_next = rest.split(';').any(|part| matches!(part.trim(), "rel=\"next\"" | "rel=next"));
    if !is_next {
        return None;
    }
    let (_, query) = address.split_once('?')?;
    let query = Query::read(query, &["n", "last"], &[]).ok()?;
    let count = query.get("n").and_then(|count| count.parse().ok());
    Some(Page { count, last: Some(query.get("last")?.to_owned()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn next_page_is_read_from_whatever_address() {
        let page = |count, last: &str| Some(Page { count, last: Some(last.to_owned()) });
        assert_eq!(next_page("</v2/_catalog?last=a%2Fb&n=3>; rel=\"next\""), page(Some(3), "a/b"));
        assert_eq!(next_page("<https://evil.example/v2/x?last=1.0>; rel=next"), page(None, "1.0"));
        assert_eq!(next_page("</v2/_catalog?last=a>; rel=\"prev\""), None);
        assert_eq!(next_page("</v2/_catalog?token=a>; rel=\"next\""), None);
        assert_eq!(next_page("nonsense"), None);
    }
}
