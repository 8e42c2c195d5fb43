//! Statements that vulnerabilities do not apply: OpenVEX (github.com/openvex/spec, version 0.2.0 and the earlier
//! form with plain texts) and CSAF 2.0 VEX documents.
//!
//! ```
//! let document = feeds::vex::read(br#"{"@context": "https://openvex.dev/ns/v0.2.0", "author": "me", "statements": [
//!     {"vulnerability": {"name": "CVE-2021-44228"}, "products": [{"@id": "pkg:maven/org.example/app"}],
//!      "status": "not_affected", "justification": "vulnerable_code_not_present"}]}"#).unwrap();
//! let purl = "pkg:maven/org.example/app@1.0".parse().unwrap();
//! assert!(document.applies_to(&["CVE-2021-44228"], &purl).unwrap().suppresses());
//! assert!(document.applies_to(&["CVE-2021-45046"], &purl).is_none());
//! ```

mod csaf_vex;
mod matching;
mod openvex;

use model::PackageUrl;

/// A document with statements.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VexDocument {
    /// The document's id.
    pub id: String,
    /// Who says so.
    pub author: String,
    /// Statements, oldest first: a later one overrides an earlier one.
    pub statements: Vec<Statement>,
    /// Statements that were not understood, one line each.
    pub problems: Vec<String>,
}

/// A statement about a vulnerability in products.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Statement {
    /// Id of the vulnerability.
    pub vulnerability: String,
    /// Its other ids.
    pub aliases: Vec<String>,
    /// What it is about.
    pub products: Vec<Product>,
    /// What is said.
    pub status: VexStatus,
    /// Why not affected, in the words of the format (`vulnerable_code_not_present`).
    pub justification: String,
    /// Why not affected, in free words.
    pub impact: String,
    /// When it was said (RFC 3339).
    pub timestamp: String,
}

/// A product, and which of its parts are meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Product {
    /// A package, or the image or program that the parts belong to. The second and further identifiers mean the
    /// same product.
    pub identifiers: Vec<Identifier>,
    /// Packages in it; none means the product itself.
    pub components: Vec<Identifier>,
}

/// What names a product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identifier {
    /// A package URL; parts that it leaves out are not compared.
    Purl(Box<PackageUrl>),
    /// A plain name.
    Name(String),
}

/// What a statement says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum VexStatus {
    /// Not exploitable, or the code is not there.
    NotAffected,
    /// Exploitable.
    #[default]
    Affected,
    /// Repaired in this product.
    Fixed,
    /// Nobody knows yet.
    UnderInvestigation,
}

/// Why a text is not a VEX document.
#[derive(Debug, thiserror::Error)]
pub enum VexError {
    /// The text is not JSON.
    #[error("not JSON")]
    Json(#[from] serde_json::Error),
    /// The text is too long.
    #[error("longer than {0} bytes")]
    TooLarge(usize),
    /// JSON of another kind.
    #[error(
        "neither an OpenVEX nor a CSAF VEX document (hint: no '@context' of openvex.dev, no 'csaf_version')"
    )]
    Unknown,
}

const DOCUMENT_BYTES_MAX: usize = 64 << 20;

/// Reads an OpenVEX or CSAF VEX document.
///
/// # Errors
/// When the bytes are not such a document. A statement that is not understood is a problem of the document.
pub fn read(bytes: &[u8]) -> Result<VexDocument, VexError> {
    if bytes.len() > DOCUMENT_BYTES_MAX {
        return Err(VexError::TooLarge(DOCUMENT_BYTES_MAX));
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let value: serde_json::Value = serde_json::from_slice(bytes)?;
    let context = value.get("@context");
    let is_openvex = context.is_some_and(|context| context.to_string().contains("openvex"));
    let mut document = if is_openvex || (context.is_some() && value.get("statements").is_some()) {
        openvex::read(&value)
    } else if value.pointer("/document/csaf_version").is_some() {
        csaf_vex::read(value)?
    } else {
        return Err(VexError::Unknown);
    };
    document.statements.sort_by(|a, b| a.timestamp.cmp(&b.timestamp));
    Ok(document)
}

impl VexDocument {
    /// The newest statement about any of these vulnerability ids and this package. A statement about a package
    /// inside a product counts whatever the product is: use [`Self::applies_to_image`] when the image is known.
    #[must_use]
    pub fn applies_to(&self, ids: &[&str], purl: &PackageUrl) -> Option<&Statement> {
        self.newest(ids, |product| matching::holds_package(product, purl))
    }

    /// As [`Self::applies_to`], but a product that is an image must be one of `images`
    /// (`pkg:oci/name@sha256:…?repository_url=…`); a statement about the whole image counts for all its packages.
    #[must_use]
    pub fn applies_to_image(
        &self,
        ids: &[&str],
        purl: &PackageUrl,
        images: &[PackageUrl],
    ) -> Option<&Statement> {
        self.newest(ids, |product| matching::holds_package_of_image(product, purl, images))
    }

    fn newest(&self, ids: &[&str], holds: impl Fn(&Product) -> bool) -> Option<&Statement> {
        self.statements
            .iter()
            .rev()
            .find(|statement| statement.is_about(ids) && statement.products.iter().any(&holds))
    }
}

impl Statement {
    /// Whether a finding that it applies to is taken out of the report: not affected, or fixed.
    #[must_use]
    pub fn suppresses(&self) -> bool {
        matches!(self.status, VexStatus::NotAffected | VexStatus::Fixed)
    }

    /// The reason, in the author's words: the status, the justification and the impact.
    #[must_use]
    pub fn reason(&self) -> String {
        let mut reason = self.status.as_str().to_owned();
        for part in [&self.justification, &self.impact] {
            if !part.is_empty() {
                reason.push_str(": ");
                reason.push_str(&crate::imported::cut(part, 300));
            }
        }
        reason
    }

    fn is_about(&self, ids: &[&str]) -> bool {
        ids.iter().any(|id| {
            self.vulnerability.eq_ignore_ascii_case(id)
                || self.aliases.iter().any(|alias| alias.eq_ignore_ascii_case(id))
        })
    }
}

impl VexStatus {
    /// The name that OpenVEX uses.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotAffected => "not_affected",
            Self::Affected => "affected",
            Self::Fixed => "fixed",
            Self::UnderInvestigation => "under_investigation",
        }
    }
}

impl Identifier {
    /// A package URL when the text is one, else a name.
    pub(crate) fn of(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.is_empty() || text.len() > 2_000 {
            return None;
        }
        match text.parse::<PackageUrl>() {
            Ok(purl) => Some(Self::Purl(Box::new(purl))),
            Err(_) => Some(Self::Name(text.to_owned())),
        }
    }
}
