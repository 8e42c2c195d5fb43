//! Installed gems.

use crate::{Context, Format, FormatKind, Sink, manifest::Manifest};
use model::{Ecosystem, FoundBy, LayerPath};

/// `specifications/NAME-VERSION.gemspec`, also below `specifications/default` (rubygems,
/// `Gem::Specification#to_ruby`): Ruby code that RubyGems generates with literal strings. Where somebody wrote
/// it by hand, the line `# stub: NAME VERSION …` counts; a name or version that only running the code would
/// tell is a problem.
pub(crate) static FORMAT: Format = Format { id: "gem/gemspec", kind: FormatKind::Installed, matches, parse };

fn matches(path: &LayerPath) -> bool {
    path.file_name().ends_with(".gemspec")
        && path.parent().is_some_and(|parent| {
            let parent = parent.strip_suffix("/default").unwrap_or(parent);
            parent.rsplit('/').next() == Some("specifications")
        })
}

fn parse(ctx: &Context<'_>, bytes: &[u8], sink: &mut dyn Sink) {
    let mut manifest = Manifest::new(ctx, Ecosystem::Gem, FoundBy::Installed, sink);
    let Some(content) = manifest.text(bytes) else { return };
    let (mut name, mut version, mut stub, mut licenses) = (None, None, None, Vec::new());
    for line in content.lines() {
        let line = line.trim();
        if let Some(rest) = line.strip_prefix("# stub:") {
            let mut words = rest.split_whitespace();
            stub = stub.or(words.next().zip(words.next()));
        }
        let Some((attribute, value)) = assignment(line) else { continue };
        match attribute {
            "name" => name = name.or(literal(value)),
            "version" => version = version.or(literal(value)),
            "license" | "licenses" => licenses.extend(literals(value)),
            _ => {}
        }
    }
    let (name, version) = (name.or(stub.map(|(name, _)| name)), version.or(stub.map(|(_, version)| version)));
    let (Some(name), Some(version)) = (name, version) else {
        return manifest.malformed(None, "a gemspec without a literal name and version");
    };
    let mut package = manifest.new_package(name, version);
    package.licenses =
        licenses.into_iter().filter(|license| license.len() <= 200).take(20).map(str::to_owned).collect();
    manifest.add(package);
}

/// `VARIABLE.ATTRIBUTE = VALUE`.
fn assignment(line: &str) -> Option<(&str, &str)> {
    let (target, value) = line.split_once('=')?;
    let (variable, attribute) = target.trim().split_once('.')?;
    let is_variable = variable.chars().all(|character| character.is_ascii_alphanumeric() || character == '_');
    (is_variable && !value.starts_with(['=', '~', '>'])).then_some((attribute, value.trim()))
}

/// The first string of a value that is one, or a `Gem::Version` of one.
fn literal(value: &str) -> Option<&str> {
    let value =
        value.strip_prefix("Gem::Version.new").map_or(value, |rest| rest.trim_start_matches(['(', ' ']));
    value
        .starts_with(['"', '\''])
        .then(|| literals(value).next())
        .flatten()
        .filter(|text| !text.contains("#{"))
}

/// The strings of a value, without escapes.
fn literals(value: &str) -> impl Iterator<Item = &str> {
    let mut rest = value;
    std::iter::from_fn(move || {
        let start = rest.find(['"', '\''])?;
        let quote = char::from(rest.as_bytes()[start]);
        let (text, behind) = rest[start + 1..].split_once(quote)?;
        rest = behind;
        Some(text)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, parse};

    #[test]
    fn generated_specification_is_read() {
        let text = "# -*- encoding: utf-8 -*-\n# stub: rack 2.2.3 ruby lib\n\nGem::Specification.new do |s|\n  s.name = \"rack\".freeze\n  s.version = \"2.2.3\"\n\n  s.required_rubygems_version = Gem::Requirement.new(\">= 0\".freeze) if s.respond_to? :x=\n  s.licenses = [\"MIT\".freeze, \"X\"]\nend\n";
        for path in [
            "usr/lib/ruby/gems/3.1.0/specifications/rack-2.2.3.gemspec",
            "a/specifications/default/rack-2.2.3.gemspec",
        ] {
            check(&FORMAT, path, text, &["rack@2.2.3"]);
        }
        assert_eq!(parse(&FORMAT, "specifications/rack.gemspec", text).packages[0].licenses, ["MIT", "X"]);
    }

    #[test]
    fn handwritten_specification_is_read_where_it_is_literal() {
        check(
            &FORMAT,
            "specifications/a.gemspec",
            "Gem::Specification.new do |spec|\n spec.name='a'\n spec.version = Gem::Version.new('1.0')\nend",
            &["a@1.0"],
        );
        check(
            &FORMAT,
            "specifications/a.gemspec",
            "# stub: a 1.0 java lib\n s.name = NAME\n s.version = A::VERSION\n",
            &["a@1.0"],
        );
        assert_eq!(
            parse(&FORMAT, "specifications/a.gemspec", "s.name = 'a'\ns.version = A::VERSION\n")
                .problems
                .len(),
            1
        );
        assert_eq!(
            parse(&FORMAT, "specifications/a.gemspec", "s.name = 'a'\ns.version = \"1.#{x}\"\n")
                .problems
                .len(),
            1
        );
    }

    #[test]
    fn gemspecs_of_sources_are_not_installed() {
        assert!(!(FORMAT.matches)(&LayerPath::new("gems/rack-2.2.3/rack.gemspec")));
    }
}
