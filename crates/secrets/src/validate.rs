//! What the structure of a token itself tells: checksums, encoded accounts, claims.

mod assignment;
mod aws;
mod base62;
mod base64_key;
mod jwt;
mod shell;
mod token;
mod url;

pub(crate) use assignment::password_setting;
#[cfg(test)]
pub(crate) use base62::with_checksum;
pub(crate) use base64_key::decode;
use model::Severity;
use regex_automata::Span;

/// A check of a token's structure; rule files name it in `validate`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Validator {
    /// Six characters of CRC-32 in base 62 at the end (GitHub, npm).
    Checksum,
    /// The account number within an AWS key id.
    AwsKeyId,
    /// Header and claims of a JSON web token.
    Jwt,
    /// Base64 of exactly 64 bytes (Azure storage and Cosmos DB keys).
    Base64Of64Bytes,
    /// No placeholder, and of many different characters: for tokens that their prefix names.
    Random,
    /// Unlike words and identifiers: for tokens of which the expression alone says little.
    Rare,
    /// No placeholder and no reference; what people choose as a password.
    Password,
    /// The value of a setting that is named like a credential.
    Assignment,
    /// The same in program code and markup, where only a value that looks random counts.
    Literal,
    /// User and password within an address.
    Url,
    /// A password in a command line.
    Shell,
    /// Says by itself whether it is live or for tests (Stripe and others).
    LiveOrTest,
    /// An expiry date within a shared access signature (Azure).
    SharedAccessSignature,
    /// Base64 of JSON.
    Base64Json,
    /// User and password in base64 (RFC 7617, section 2).
    Basic,
    /// The id of a bot, a number in base64, before the first dot (Discord).
    Snowflake,
}

/// What a check has found out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Checked {
    /// Another severity than the rule's.
    pub(crate) severity: Option<Severity>,
    /// Facts, one a line, without the secret.
    pub(crate) facts: Vec<String>,
}

/// The answer of a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is none.
    Refused,
    /// There is nothing to check.
    Unchecked,
    /// Its structure is right.
    Checked(Checked),
}

impl Verdict {
    /// Right, with facts.
    fn with(facts: Vec<String>) -> Self {
        Self::Checked(Checked { severity: None, facts })
    }

    /// Right or refused.
    fn right_if(is_right: bool, fact: &str) -> Self {
        if is_right { Self::with(vec![fact.to_owned()]) } else { Self::Refused }
    }

    fn plain_if(is_right: bool) -> Self {
        if is_right { Self::Checked(Checked::default()) } else { Self::Refused }
    }
}

impl Validator {
    /// The check of a name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "checksum" => Self::Checksum,
            "aws-key-id" => Self::AwsKeyId,
            "jwt" => Self::Jwt,
            "base64-of-64-bytes" => Self::Base64Of64Bytes,
            "random" => Self::Random,
            "rare" => Self::Rare,
            "password" => Self::Password,
            "assignment" => Self::Assignment,
            "literal" => Self::Literal,
            "url" => Self::Url,
            "shell" => Self::Shell,
            "live-or-test" => Self::LiveOrTest,
            "shared-access-signature" => Self::SharedAccessSignature,
            "base64-json" => Self::Base64Json,
            "basic" => Self::Basic,
            "snowflake" => Self::Snowflake,
            _ => return None,
        })
    }

    /// Whether what it finds is guessed from the surroundings.
    pub(crate) const fn is_guess(self) -> bool {
        matches!(self, Self::Assignment | Self::Literal)
    }

    /// Checks a secret within its text.
    pub(crate) fn check(self, text: &[u8], secret: Span, matched: Span) -> Verdict {
        let bytes = &text[secret.start..secret.end];
        let whole = &text[matched.start..matched.end];
        match self {
            Self::Checksum => Verdict::right_if(base62::has_checksum(bytes), "its checksum is right"),
            Self::AwsKeyId => aws::check(bytes),
            Self::Jwt => jwt::check(bytes),
            Self::Base64Of64Bytes => {
                Verdict::right_if(base64_key::decodes_to(bytes, 64), "decodes to a key of 64 bytes")
            }
            Self::Random => Verdict::plain_if(token::is_various(bytes)),
            Self::Rare => Verdict::plain_if(token::is_random(bytes) && !base64_key::is_within(text, secret)),
            Self::Password => Verdict::plain_if(token::is_password(bytes)),
            Self::Assignment => assignment::check(text, secret, whole),
            Self::Literal => assignment::check_literal(text, secret, whole),
            Self::Url => url::check(whole, bytes),
            Self::Shell => shell::check(bytes),
            Self::LiveOrTest => token::live_or_test(bytes),
            Self::SharedAccessSignature => url::shared_access_signature(text, secret),
            Self::Base64Json => Verdict::plain_if(base64_key::is_json(bytes)),
            Self::Basic => Verdict::plain_if(token::is_basic(bytes)),
            Self::Snowflake => Verdict::plain_if(token::has_snowflake(bytes)),
        }
    }
}
