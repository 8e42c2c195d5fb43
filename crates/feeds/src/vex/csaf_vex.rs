//! CSAF 2.0 documents of profile 5, "VEX".

use super::{Identifier, Product, Statement, VexDocument, VexStatus};
use crate::csaf::document::{Branch, Document, Statuses, VulnerabilityEntry};
use std::collections::HashMap;

const PROBLEMS_MAX: usize = 100;

pub(super) fn read(value: serde_json::Value) -> Result<VexDocument, serde_json::Error> {
    let source: Document = serde_json::from_value(value)?;
    let mut document = VexDocument {
        id: source.document.tracking.id.clone(),
        author: source.document.publisher.name.clone(),
        ..VexDocument::default()
    };
    let names = Names::of(&source);
    for entry in &source.vulnerabilities {
        match serde_json::from_value::<VulnerabilityEntry>(entry.clone()) {
            Ok(entry) => {
                statements(&entry, &names, &source.document.tracking.current_release_date, &mut document);
            }
            Err(error) => note(&mut document, format!("a vulnerability is not understood: {error}")),
        }
    }
    Ok(document)
}

fn note(document: &mut VexDocument, problem: String) {
    if document.problems.len() < PROBLEMS_MAX {
        document.problems.push(problem);
    }
}

fn statements(entry: &VulnerabilityEntry, names: &Names, timestamp: &str, document: &mut VexDocument) {
    let mut ids: Vec<String> = entry.ids.iter().map(|id| id.text.clone()).collect();
    let vulnerability = if !entry.cve.is_empty() {
        entry.cve.clone()
    } else if !ids.is_empty() {
        ids.remove(0)
    } else {
        note(document, "a vulnerability has no id".to_owned());
        return;
    };
    let Statuses {
        fixed,
        first_fixed,
        recommended,
        known_affected,
        known_not_affected,
        under_investigation,
        ..
    } = &entry.product_status;
    // One statement for each status and justification. Affected comes last: it overrides what else is said.
    for (status, products) in [
        (VexStatus::Fixed, fixed),
        (VexStatus::Fixed, first_fixed),
        (VexStatus::Fixed, recommended),
        (VexStatus::NotAffected, known_not_affected),
        (VexStatus::UnderInvestigation, under_investigation),
        (VexStatus::Affected, known_affected),
    ] {
        let mut by_reason: Vec<((String, String), Vec<Product>)> = Vec::new();
        for id in products {
            let Some(product) = names.product(id) else {
                note(
                    document,
                    format!(
                        "{vulnerability}: product '{}' has no package URL",
                        crate::imported::cut(id, 100)
                    ),
                );
                continue;
            };
            let reason = reason(entry, id);
            match by_reason.iter_mut().find(|(known, _)| *known == reason) {
                Some((_, products)) => products.push(product),
                None => by_reason.push((reason, vec![product])),
            }
        }
        for ((justification, impact), products) in by_reason {
            document.statements.push(Statement {
                vulnerability: vulnerability.clone(),
                aliases: ids.clone(),
                products,
                status,
                justification,
                impact,
                timestamp: timestamp.to_owned(),
            });
        }
    }
}

/// The label of a flag and the impact threat that name a product (CSAF 2.0, 3.2.3.5 and 3.2.3.14).
fn reason(entry: &VulnerabilityEntry, id: &str) -> (String, String) {
    let has = |ids: &[String]| ids.iter().any(|known| known == id);
    let label = entry.flags.iter().find(|flag| has(&flag.product_ids)).map(|flag| flag.label.clone());
    let impact = entry
        .threats
        .iter()
        .find(|threat| threat.category == "impact" && has(&threat.product_ids))
        .map(|threat| threat.details.clone());
    (label.unwrap_or_default(), impact.unwrap_or_default())
}

struct Names {
    /// Product id → package URL and CPE name.
    products: HashMap<String, (String, String)>,
    relationships: HashMap<String, (String, String)>,
}

impl Names {
    fn of(document: &Document) -> Self {
        let mut products = HashMap::new();
        for product in &document.product_tree.full_product_names {
            let helper = &product.product_identification_helper;
            products.insert(product.product_id.clone(), (helper.purl.clone(), helper.cpe.clone()));
        }
        for branch in &document.product_tree.branches {
            walk(branch, &mut products);
        }
        let mut relationships = HashMap::new();
        for relationship in &document.product_tree.relationships {
            let product = &relationship.full_product_name;
            let helper = &product.product_identification_helper;
            products.insert(product.product_id.clone(), (helper.purl.clone(), helper.cpe.clone()));
            relationships.insert(
                product.product_id.clone(),
                (relationship.product_reference.clone(), relationship.relates_to_product_reference.clone()),
            );
        }
        Self { products, relationships }
    }

    fn purl(&self, id: &str) -> Option<Identifier> {
        let (purl, _) = self.products.get(id)?;
        if purl.is_empty() { None } else { Identifier::of(purl) }
    }

    fn product(&self, id: &str) -> Option<Product> {
        if let Some(identifier) = self.purl(id) {
            return Some(Product { identifiers: vec![identifier], components: Vec::new() });
        }
        let (component, whole) = self.relationships.get(id)?;
        // A statement for one release of a distribution must not hide the same package of another release, and
        // nothing here tells which release is scanned.
        if self
            .products
            .get(whole)
            .is_some_and(|(_, cpe)| cpe.starts_with("cpe:/o:") || cpe.starts_with("cpe:2.3:o:"))
        {
            return None;
        }
        let component = self.purl(component)?;
        Some(match self.purl(whole) {
            Some(whole) => Product { identifiers: vec![whole], components: vec![component] },
            None => Product { identifiers: vec![component], components: Vec::new() },
        })
    }
}

// The tree was parsed with a bound on its depth, so that this ends.
fn walk(branch: &Branch, products: &mut HashMap<String, (String, String)>) {
    if let Some(product) = &branch.product {
        let helper = &product.product_identification_helper;
        products.insert(product.product_id.clone(), (helper.purl.clone(), helper.cpe.clone()));
    }
    for branch in &branch.branches {
        walk(branch, products);
    }
}
