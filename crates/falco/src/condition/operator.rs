//! Operators between values.

/// An operator with one value on each side, or a list on the right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operator {
    /// `=`, `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `contains`
    Contains,
    /// `icontains`: `contains` without regard to case.
    ContainsIgnoringCase,
    /// `bcontains`: bytes, written in hexadecimal.
    ContainsBytes,
    /// `startswith`
    StartsWith,
    /// `bstartswith`: bytes, written in hexadecimal.
    StartsWithBytes,
    /// `endswith`
    EndsWith,
    /// `glob`
    Glob,
    /// `iglob`: `glob` without regard to case.
    GlobIgnoringCase,
    /// `regex`: the whole text matches.
    Regex,
    /// `in`: one of a list.
    In,
    /// `intersects`: a list has something in common with a list.
    Intersects,
    /// `pmatch`: a path below one of a list.
    PathMatch,
    /// `exists`, which has no right side.
    Exists,
}

impl Operator {
    /// Every operator by its first name.
    pub const ALL: [Self; 19] = [
        Self::Exists,
        Self::LessOrEqual,
        Self::Less,
        Self::GreaterOrEqual,
        Self::Greater,
        Self::Equal,
        Self::NotEqual,
        Self::Glob,
        Self::GlobIgnoringCase,
        Self::Contains,
        Self::ContainsIgnoringCase,
        Self::ContainsBytes,
        Self::StartsWith,
        Self::StartsWithBytes,
        Self::EndsWith,
        Self::Regex,
        Self::Intersects,
        Self::In,
        Self::PathMatch,
    ];

    /// How it is written.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Contains => "contains",
            Self::ContainsIgnoringCase => "icontains",
            Self::ContainsBytes => "bcontains",
            Self::StartsWith => "startswith",
            Self::StartsWithBytes => "bstartswith",
            Self::EndsWith => "endswith",
            Self::Glob => "glob",
            Self::GlobIgnoringCase => "iglob",
            Self::Regex => "regex",
            Self::In => "in",
            Self::Intersects => "intersects",
            Self::PathMatch => "pmatch",
            Self::Exists => "exists",
        }
    }

    /// The operator of a name; `==` is `=`.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        if name == "==" {
            return Some(Self::Equal);
        }
        Self::ALL.into_iter().find(|operator| operator.name() == name)
    }

    /// Whether a list stands right of it.
    #[must_use]
    pub fn takes_list(self) -> bool {
        matches!(self, Self::In | Self::Intersects | Self::PathMatch)
    }

    /// Whether `oneof`, `anyof` and `allof` may follow.
    #[must_use]
    pub fn takes_modifier(self) -> bool {
        !self.takes_list()
            && !matches!(
                self,
                Self::Less | Self::LessOrEqual | Self::Greater | Self::GreaterOrEqual | Self::Exists
            )
    }
}

/// How many of a list an operator must be true for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Modifier {
    /// `oneof`: exactly one.
    OneOf,
    /// `anyof`: one or more.
    AnyOf,
    /// `allof`: all.
    AllOf,
}

impl Modifier {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::OneOf, Self::AnyOf, Self::AllOf];

    /// How it is written.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::OneOf => "oneof",
            Self::AnyOf => "anyof",
            Self::AllOf => "allof",
        }
    }
}

/// An operator, with a modifier when it is applied to a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Comparison {
    /// The operator.
    pub operator: Operator,
    /// What is asked of the list on the right.
    pub modifier: Option<Modifier>,
}

impl Comparison {
    /// A comparison as exceptions write it: `startswith oneof`.
    #[must_use]
    pub fn named(text: &str) -> Option<Self> {
        let Some((operator, modifier)) = text.split_once(' ') else {
            return Some(Self { operator: Operator::named(text)?, modifier: None });
        };
        let operator = Operator::named(operator)?;
        let modifier = Modifier::ALL.into_iter().find(|known| known.name() == modifier)?;
        operator.takes_modifier().then_some(Self { operator, modifier: Some(modifier) })
    }

    /// Whether a list stands right of it.
    #[must_use]
    pub fn takes_list(self) -> bool {
        self.modifier.is_some() || self.operator.takes_list()
    }
}
