//! Seawall's own rules.

use crate::gitleaks::own_rules;
use crate::rule::RuleSet;
use model::RuleInfo;
use std::sync::LazyLock;

/// The rules as data: gitleaks' format with keys of our own.
const TEXT: &str = include_str!("../../../rules/secrets/default.toml");

/// Every own rule, sorted by id.
pub static RULES: LazyLock<Vec<RuleInfo>> = LazyLock::new(|| {
    let mut rules: Vec<RuleInfo> = RuleSet::default_rules().rules.into_iter().map(info).collect();
    rules.sort_by_key(|rule| rule.id);
    rules
});

impl RuleSet {
    /// Seawall's own rules: tokens of providers with the checks their structure allows, passwords in addresses,
    /// command lines and settings.
    #[must_use]
    pub fn default_rules() -> Self {
        own_rules(TEXT).expect("the own rules are TOML, as a test proves").0
    }
}

/// The texts of a rule live as long as the program: there is one list of them.
fn info(rule: crate::rule::Rule) -> RuleInfo {
    let keep = |text: String| -> &'static str { Box::leak(text.into_boxed_str()) };
    RuleInfo {
        id: keep(format!("secrets/{}", rule.id)),
        title: keep(rule.title),
        severity: rule.severity,
        why: keep(if rule.why.is_empty() { WHY.to_owned() } else { rule.why }),
        remedy: keep(if rule.remedy.is_empty() { REMEDY.to_owned() } else { rule.remedy }),
        references: Box::leak(rule.references.into_iter().map(keep).collect()),
    }
}

/// Why a credential in an image matters, for rules that have nothing to add.
pub(crate) const WHY: &str = "Everybody who can pull the image, or read a copy of one of its layers, has this \
    credential, also when a later layer deletes the file.";

/// How a leaked credential is repaired, for rules that have nothing to add.
pub(crate) const REMEDY: &str = "Revoke the credential where it was issued and make a new one; hand it over at run \
    time (docker secret, an environment file outside the image) or with RUN --mount=type=secret, and rebuild the image.";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{Numbers, sample};
    use crate::validate::with_checksum;
    use crate::{Options, Secrets};

    #[test]
    fn every_rule_is_understood_and_compiles() {
        let (set, problems) = own_rules(TEXT).unwrap();
        assert_eq!(problems, []);
        let mut wrong = Vec::new();
        for rule in set.rules {
            let is_far = rule.window.is_none();
            let words = &rule.keywords;
            let is_short = words.iter().map(String::len).min().unwrap_or_default() < 3;
            let is_untitled = rule.title.is_empty() || rule.title.ends_with('.');
            let error = rule.regex.expect("an expression").compile().err();
            if is_far || is_short || is_untitled || error.is_some() {
                wrong.push((rule.id, is_far, is_short, is_untitled, error));
            }
        }
        assert!(
            wrong.is_empty(),
            "far from its keyword, short keyword, untitled, does not compile: {wrong:#?}"
        );
    }

    #[test]
    fn ids_are_sorted_and_singular() {
        assert!(RULES.windows(2).all(|pair| pair[0].id < pair[1].id));
        assert!(RULES.len() >= 100, "{}", RULES.len());
    }

    /// A text in which the rule finds something: made from its expression, or put together where its structure asks
    /// for more.
    fn example(rule: &crate::rule::Rule, numbers: &mut Numbers) -> String {
        use base64::Engine as _;
        let mut bytes = Vec::new();
        sample(rule.regex.as_ref().expect("an expression").hir(), numbers, &mut bytes);
        let text = String::from_utf8(bytes).expect("letters and digits");
        let encode = |plain: &str| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(plain);
        let secret = "q8Zk3VxWm2LtY7RbN5cJ";
        match rule.id.as_str() {
            "azure-cosmos-key" | "azure-storage-key" => {
                let mut key = vec![0_u8; 64];
                key.iter_mut().for_each(|byte| *byte = numbers.below(256) as u8);
                let key = base64::engine::general_purpose::STANDARD.encode(key);
                match rule.id.as_str() {
                    "azure-storage-key" => format!("AccountKey={key}"),
                    _ => format!("{}ACDb{}", &key[..76], &key[80..]),
                }
            }
            "azure-shared-access-signature" => {
                format!(
                    "?sv=2024-01-01&se=2030-01-01&sig={}%3D",
                    "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
                )
            }
            "curl-password" => format!("curl -s -u joe:{secret} https://shop.corp.internal/"),
            "database-url" => format!("postgres://app:{secret}@db.corp.internal/shop"),
            "docker-login-password" => format!("docker login -u joe -p {secret} registry.corp.internal"),
            "http-basic-credentials" => format!("Authorization: Basic {}", encode(&format!("joe:{secret}"))),
            "http-bearer-token" => format!("Authorization: Bearer {secret}"),
            "jdbc-password" => format!("jdbc:mysql://db.corp.internal/shop?user=a&password={secret}"),
            "json-web-token" => {
                let parts = [
                    encode(r#"{"alg":"HS256"}"#),
                    encode(r#"{"sub":"u-7","exp":1700000000}"#),
                    encode(secret),
                ];
                parts.join(".")
            }
            "mysql-password" => format!("mysqldump -u root -p{secret} shop"),
            "odbc-password" => format!("Server=db.corp.internal;Database=x;User=a;Password={secret};"),
            "password-in-code" => format!("connect('db', {{ password: '{secret}' }})"),
            "password-in-xml" => format!("<property name=\"connection.password\">{secret}</property>"),
            "password-setting" => format!("SHOP_API_KEY={secret}"),
            "postgres-password-variable" => format!("PGPASSWORD={secret} psql"),
            "redis-password" => format!("redis-cli -h x -a {secret} ping"),
            "sshpass-password" => format!("sshpass -p {secret} ssh joe@x"),
            "url-credentials" => format!("https://joe:{secret}@git.corp.internal/shop.git"),
            _ if rule.validator == Some(crate::validate::Validator::Checksum) => with_checksum(&text),
            _ => text,
        }
    }

    #[test]
    fn every_rule_finds_its_examples_and_nothing_where_they_are_made_unusable() {
        let set = RuleSet::default_rules();
        let secrets = Secrets::new(vec![RuleSet::default_rules()], Options::default());
        let mut wrong = Vec::new();
        for rule in &set.rules {
            let mut found = 0;
            let mut missed = String::new();
            for seed in 1..=20 {
                let example = example(rule, &mut Numbers(seed * 7_919));
                let id = format!("secrets/{}", rule.id);
                let hits = secrets.examine_texts("history", "", &format!("run {example} \n"));
                match hits.iter().find(|hit| hit.rule == id) {
                    Some(hit) => {
                        found += 1;
                        let shown = format!("{}{}", hit.title, hit.evidence.concat());
                        assert!(hit.clear.iter().all(|clear| !shown.contains(clear.as_str())), "{shown}");
                        // The same with every letter and digit of the secret the same.
                        let dull: String = hit.clear[0]
                            .chars()
                            .map(|c| if c.is_ascii_alphanumeric() { 'x' } else { c })
                            .collect();
                        let again =
                            secrets.examine_texts("history", "", &example.replace(&hit.clear[0], &dull));
                        assert!(again.iter().all(|hit| hit.rule != id), "{id}: {dull}");
                    }
                    None => missed = example,
                }
            }
            if found < 18 {
                wrong.push((rule.id.as_str(), found, missed));
            }
        }
        assert!(wrong.is_empty(), "found in fewer than 18 of 20 examples: {wrong:#?}");
    }
}
