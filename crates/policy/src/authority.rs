//! Who may do what: the Cedar policies of a pack, asked one question at a time.
//!
//! Invariant: deny by default; an error while evaluating denies, because a `forbid` that failed to
//! evaluate must not turn into silence. Refuses: a policy without `@id`, a template, and anything
//! that the schema does not know. A missing `@basis` is for `check` to refuse.

use crate::bounds;
use crate::error::{Problem, Problems, line_of};
use cedar_policy::{
    ActionConstraint, Authorizer, Context, Decision, Effect, Entities, Entity, EntityId,
    EntityTypeName, EntityUid, Policy, PolicyId, PolicySet, Request as CedarRequest,
    RestrictedExpression, Schema, ValidationMode, Validator,
};
use domain::organisation::Tier;
use domain::rules::{Action, Permit, Request, Verdict};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::str::FromStr;

/// The path of the policies in a pack.
pub(crate) const FILE: &str = "authority.cedar";
/// The schema that every pack's policies are validated against.
pub const SCHEMA: &str = include_str!("schema.cedarschema");

/// One provision as it stands in the pack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provision {
    /// Its id and its legal basis.
    pub permit: Permit,
    /// Whether it forbids; otherwise it permits.
    pub forbids: bool,
    /// What it is about.
    pub actions: Vec<Action>,
    /// Its text in Cedar.
    pub text: String,
}

/// The compiled policies.
pub(crate) struct Policies {
    sets: BTreeMap<Action, (EntityUid, PolicySet)>,
    authorizer: Authorizer,
    provisions: Vec<Provision>,
    order: BTreeMap<PolicyId, usize>,
    organisation: EntityTypeName,
    place: EntityTypeName,
    threshold: i64,
}

impl Policies {
    /// Reads and validates the policies; every problem found is noted.
    pub(crate) fn read(text: &str, threshold: u32, problems: &mut Problems) -> Option<Self> {
        if let Err(beyond) = bounds::check(text) {
            let help = "write several shorter policies in place of a deep one";
            let problem = Problem::new(FILE, beyond.what, help);
            problems.push(problem.at(beyond.line));
            return None;
        }
        let set = match PolicySet::from_str(text) {
            Ok(set) => set,
            Err(errors) => {
                parse_problems(text, &errors, problems);
                return None;
            }
        };
        if set.templates().next().is_some() {
            problems.push(Problem::new(
                FILE,
                "holds a template",
                "write `principal` and `resource`",
            ));
        }
        let named = name_policies(text, &set, problems)?;
        validated(&named, problems)?;
        let provisions = named.iter().map(provision).collect();
        let order = named
            .iter()
            .enumerate()
            .map(|(index, policy)| (policy.id().clone(), index))
            .collect();
        let type_name = |name: &str| EntityTypeName::from_str(name).ok();
        let action_type = type_name("Action")?;
        let sets = Action::ALL
            .iter()
            .map(|action| {
                let id = EntityId::new(action.word());
                let uid = EntityUid::from_type_name_and_id(action_type.clone(), id);
                let set = PolicySet::from_policies(about(&named, &uid)).ok()?;
                Some((*action, (uid, set)))
            })
            .collect::<Option<_>>()?;
        Some(Self {
            sets,
            authorizer: Authorizer::new(),
            provisions,
            order,
            organisation: type_name("Organisation")?,
            place: type_name("Place")?,
            threshold: i64::from(threshold),
        })
    }

    /// The provisions, in the order of the file.
    pub(crate) fn provisions(&self) -> &[Provision] {
        &self.provisions
    }

    /// Answers a question; anything that goes wrong on the way is a denial.
    pub(crate) fn authorise(&self, request: &Request<'_>) -> Verdict {
        let Some((action, set)) = self.sets.get(&request.action) else {
            return Verdict::Denied;
        };
        let Some((request, entities)) = self.question(request, action.clone()) else {
            return Verdict::Denied;
        };
        let response = self.authorizer.is_authorized(&request, set, &entities);
        let diagnostics = response.diagnostics();
        if response.decision() != Decision::Allow || diagnostics.errors().next().is_some() {
            return Verdict::Denied;
        }
        let indices: BTreeSet<usize> = diagnostics
            .reason()
            .filter_map(|id| self.order.get(id).copied())
            .collect();
        let permits = indices
            .into_iter()
            .filter_map(|index| self.provisions.get(index))
            .map(|provision| provision.permit.clone())
            .collect();
        Verdict::Permitted(permits)
    }

    fn question(
        &self,
        request: &Request<'_>,
        action: EntityUid,
    ) -> Option<(CedarRequest, Entities)> {
        let uid = |kind: &EntityTypeName, id: &str| {
            EntityUid::from_type_name_and_id(kind.clone(), EntityId::new(id))
        };
        let text = |value: &str| RestrictedExpression::new_string(value.to_owned());
        let org = request.org;
        let principal = uid(&self.organisation, org.id.as_str());
        let roles = request.roles.iter().map(|role| text(role.word()));
        let attributes = HashMap::from([
            ("kind".to_owned(), text(org.kind.word())),
            ("tier".to_owned(), text(Tier::of(org.division).word())),
            (
                "section".to_owned(),
                text(org.section.as_deref().unwrap_or("")),
            ),
            ("roles".to_owned(), RestrictedExpression::new_set(roles)),
        ]);
        let entity = Entity::new(principal.clone(), attributes, HashSet::new()).ok()?;
        let people = i64::try_from(request.people).unwrap_or(i64::MAX);
        let long = RestrictedExpression::new_long;
        let context = Context::from_pairs([
            (
                "ground".to_owned(),
                text(request.ground.map_or("", |ground| ground.code())),
            ),
            ("tier".to_owned(), text(Tier::of(request.area).word())),
            ("people".to_owned(), long(people)),
            ("threshold".to_owned(), long(self.threshold)),
            (
                "red".to_owned(),
                RestrictedExpression::new_bool(request.red),
            ),
            (
                "channel".to_owned(),
                text(request.channel.map_or("", |channel| channel.word())),
            ),
            (
                "in_area".to_owned(),
                RestrictedExpression::new_bool(org.division.contains(request.area)),
            ),
        ])
        .ok()?;
        let resource = uid(&self.place, &request.area.to_string());
        // No schema here: the attributes above are the schema's, and checking costs time.
        let request = CedarRequest::new(principal, action, resource, context, None).ok()?;
        Some((request, Entities::from_entities([entity], None).ok()?))
    }
}

/// The policies whose scope can hold for this action; the schema has no groups of actions, so a
/// scope names an action itself or none. The others could never apply and only cost time.
fn about(policies: &[Policy], action: &EntityUid) -> Vec<Policy> {
    let holds = |policy: &&Policy| is_about(policy, &|named| named == action);
    policies.iter().filter(holds).cloned().collect()
}

/// Whether the scope of a policy can hold for an action.
fn is_about(policy: &Policy, is_it: &dyn Fn(&EntityUid) -> bool) -> bool {
    match policy.action_constraint() {
        ActionConstraint::Any => true,
        ActionConstraint::Eq(named) => is_it(&named),
        ActionConstraint::In(named) => named.iter().any(is_it),
    }
}

fn provision(policy: &Policy) -> Provision {
    let annotation = |key: &str| policy.annotation(key).unwrap_or_default().to_owned();
    let named =
        |action: &Action| is_about(policy, &|named| named.id().unescaped() == action.word());
    Provision {
        permit: Permit {
            id: annotation("id"),
            basis: annotation("basis"),
        },
        forbids: policy.effect() == Effect::Forbid,
        actions: Action::ALL.iter().copied().filter(named).collect(),
        text: policy.to_string(),
    }
}

fn parse_problems(text: &str, errors: &cedar_policy::ParseErrors, problems: &mut Problems) {
    for error in errors.iter() {
        let offset = miette_offset(error);
        let problem = Problem::new(
            FILE,
            format!("cannot be read: {error}"),
            "write `permit (principal, action == Action::\"…\", resource) when { … };`",
        );
        problems.push(match offset {
            Some(offset) => problem.at(line_of(text, offset)),
            None => problem,
        });
    }
}

fn miette_offset(error: &cedar_policy::ParseError) -> Option<usize> {
    use miette::Diagnostic as _;
    error.labels()?.next().map(|label| label.offset())
}

/// Gives every policy the id its author wrote, in the order of the file.
fn name_policies(text: &str, set: &PolicySet, problems: &mut Problems) -> Option<Vec<Policy>> {
    let position = |policy: &Policy| {
        let id: &str = policy.id().as_ref();
        id.strip_prefix("policy")
            .and_then(|number| number.parse::<u32>().ok())
            .unwrap_or(u32::MAX)
    };
    let mut policies: Vec<&Policy> = set.policies().collect();
    policies.sort_by_key(|policy| position(policy));
    let mut named: Vec<Policy> = Vec::new();
    let mut seen = BTreeSet::new();
    for (index, policy) in policies.into_iter().enumerate() {
        let nth = index.saturating_add(1);
        let id = policy.annotation("id").unwrap_or_default();
        let flaw = if !good_id(id) {
            Some("has no `@id` of lower-case letters, digits and `-`")
        } else if !seen.insert(id.to_owned()) {
            Some("has an `@id` that is used before")
        } else {
            None
        };
        if let Some(flaw) = flaw {
            let problem = Problem::new(
                FILE,
                format!("policy number {nth} {flaw}"),
                "write `@id(\"…\")` above it, once for each policy",
            );
            problems.push(match nth_policy_line(text, index) {
                Some(line) => problem.at(line).key(id),
                None => problem.key(id),
            });
            continue;
        }
        named.push(policy.new_id(PolicyId::new(id)));
    }
    problems.is_empty().then_some(named)
}

fn good_id(id: &str) -> bool {
    let good = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=64).contains(&id.len()) && id.bytes().all(good)
}

/// The line on which the policy with this index has its `permit` or `forbid`.
fn nth_policy_line(text: &str, index: usize) -> Option<u32> {
    let starts = |line: &str| {
        let line = line.trim_start();
        line.starts_with("permit") || line.starts_with("forbid")
    };
    let lines = text.lines().zip(1_u32..).filter(|(line, _)| starts(line));
    lines.map(|(_, number)| number).nth(index)
}

fn validated(policies: &[Policy], problems: &mut Problems) -> Option<()> {
    let broken = |what: String| Problem::new(FILE, what, "report this: the schema is ours");
    let schema = match Schema::from_cedarschema_str(SCHEMA) {
        Ok((schema, _)) => schema,
        Err(error) => {
            problems.push(broken(format!("cannot be validated: {error}")));
            return None;
        }
    };
    let set = match PolicySet::from_policies(policies.iter().cloned()) {
        Ok(set) => set,
        Err(error) => {
            problems.push(broken(format!("cannot be put together: {error}")));
            return None;
        }
    };
    let result = Validator::new(schema).validate(&set, ValidationMode::Strict);
    for error in result.validation_errors() {
        problems.push(
            Problem::new(
                FILE,
                format!("does not fit the schema: {error}"),
                "use the attributes and actions of `docs/rule-packs.md` only",
            )
            .key(error.policy_id().to_string()),
        );
    }
    result.validation_passed().then_some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_knows_exactly_the_actions_of_the_glossary() {
        let (schema, _) = Schema::from_cedarschema_str(SCHEMA).unwrap();
        let known: BTreeSet<String> = schema
            .actions()
            .map(|uid| uid.id().unescaped().to_owned())
            .collect();
        let words: BTreeSet<String> = Action::ALL
            .iter()
            .map(|action| action.word().to_owned())
            .collect();
        assert_eq!(known, words);
    }

    #[test]
    fn a_policy_without_an_action_is_asked_about_every_action() {
        let text = "@id(\"a\") @basis(\"b\") permit (principal, action, resource);";
        let mut problems = Problems::default();
        let policies = Policies::read(text, 100, &mut problems).unwrap();
        assert!(
            policies
                .sets
                .values()
                .all(|(_, set)| set.policies().count() == 1)
        );
        assert_eq!(policies.sets.len(), Action::ALL.len());
    }

    #[test]
    fn a_template_is_refused() {
        let text = "@id(\"a\") @basis(\"b\") permit (principal == ?principal, action, resource);";
        let mut problems = Problems::default();
        let read = Policies::read(text, 100, &mut problems);
        assert!(read.is_none() || !problems.is_empty());
        assert!(!problems.is_empty());
    }
}
