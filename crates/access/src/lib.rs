//! Who may do what with which repositories: principals, rights, scopes and tokens of a registry.
//!
//! ```
//! use access::{Access, Principal, Right};
//! let (access, _warnings) = Access::parse(
//!     "version: 1\nservice: registry.example.com\nrules:\n\
//!      - {principals: ['user:*'], repositories: ['team-a/**'], allow: [pull, push]}\n\
//!      - {principals: ['user:bob'], repositories: ['team-a/secret'], deny: [pull]}\n",
//! )
//! .unwrap();
//! let bob = Principal::User("bob".to_owned());
//! assert!(access.rights(&bob, "team-a/app").has(Right::Push));
//! assert!(!access.rights(&bob, "team-a/secret").has(Right::Pull));
//! ```
//!
//! Invariants: no I/O and no clock, the caller tells the time; nothing is allowed that no rule allows, and what one rule denies
//! no other gives back; secrets are compared in constant time; a token of another algorithm, key, issuer or audience is none.
//! Sources: distribution/distribution docs/content/spec/auth (token.md, jwt.md, scope.md), RFC 7519, RFC 7518.

mod access;
mod error;
mod file;
mod glob;
mod identify;
mod jwt;
mod ldap;
mod ldap_groups;
mod oidc;
mod principal;
mod right;
mod scope;
mod secret;
mod settings;
mod token;

pub use access::Access;
pub use error::AccessError;
pub use glob::Glob;
pub use identify::{Credential, Failure, Identity};
pub use jwt::JwtError;
pub use ldap::{Directory, LdapError, bind_request, bind_result};
pub use ldap_groups::groups_result;
pub use oidc::{KeySet, OidcError, Provider};
pub use principal::{Groups, Principal};
pub use right::{Right, Rights};
pub use scope::{Scope, scopes};
pub use secret::{Secrets, hash_secret, new_secret};
pub use settings::{Admission, Mode, Quota, Rate};
pub use token::{Granted, TokenKey, TokenKeyError};
