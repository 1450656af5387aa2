"""Words that tables hold as values, in the languages of the reports: models, splits, kinds and quality of labels."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from vigie.features.i18n import Language, Message, message

# Columns whose values are words of ours; names out of the data that are not among them stay as they are.
COLUMNS = (
    "model",
    "baseline",
    "sources",
    "scheme",
    "by",
    "background",
    "control",
    "kind",
    "strength",
    "feature",
    "threshold",
    "what",
    "why",
    "label",
    "shown",
)
TERMS: Mapping[str, Message] = {
    # Models of inauthentic accounts, and splits.
    "vigie, no discount on missing evidence": message("training.model_no_discount"),
    "vigie, grouped split: campaigns and kinds unseen, sources seen (optimistic)": message(
        "training.model_grouped_split"
    ),
    "vigie, time split: the later third unseen, sources seen (optimistic)": message(
        "training.model_time_split"
    ),
    "vigie, random split (optimistic)": message("training.model_random_split"),
    "one-split stump": message("training.model_stump"),
    "depth-3 tree": message("training.model_depth_three"),
    "BotometerLite forest": message("training.model_botometer_lite"),
    "forest, all features": message("training.model_forest"),
    "all features": message("training.all_features"),
    "all": message("training.sources_all"),
    "with profiles": message("training.sources_with_profiles"),
    "without profiles": message("training.sources_without_profiles"),
    # Models of coordinated accounts, and schemes.
    "evidence alone, without a model": message("training.model_evidence_only"),
    "logistic regression, coordination features": message("training.model_logistic"),
    "accounts unseen": message("training.scheme_accounts"),
    "operator unseen": message("training.scheme_operator"),
    "public unseen": message("training.scheme_public"),
    "flagged accounts, accounts unseen": message("training.flagged_accounts_held_out"),
    "flagged accounts, operator unseen": message("training.flagged_operator_held_out"),
    "flagged accounts, public unseen": message("training.flagged_public_held_out"),
    "synchronous groups": message("training.synchronous_groups"),
    "operation": message("training.background_operation"),
    "lone": message("training.control_lone"),
    "placebo": message("training.control_placebo"),
    # Labels, and what was shown of profiles.
    "ordinary": message("training.label_ordinary"),
    "inauthentic": message("training.label_inauthentic"),
    "no posts_count": message("training.profile_no_posts_count"),
    "counts and dates": message("training.profile_counts_and_dates"),
    # Kinds of accounts.
    "person": message("training.kind_person"),
    "bought follower": message("training.kind_bought_follower"),
    "spambot": message("training.kind_spambot"),
    "LLM persona": message("training.kind_llm_persona"),
    "troll": message("training.kind_troll"),
    "declared automation": message("training.kind_declared_automation"),
    "unlabelled": message("training.kind_unlabelled"),
    # Quality of labels.
    "platform": message("training.label_platform"),
    "state": message("training.label_state"),
    "expert": message("training.label_expert"),
    "weak": message("training.label_weak"),
    # Thresholds from which people count as flagged.
    "band high": message("training.threshold_high"),
    "1 % of people": message("training.threshold_one_percent"),
    # Changes under which a model is tried again, the first also of profiles.
    "as it is": message("training.change_none"),
    "feature group dropped": message("training.change_group"),
    "posts cut": message("training.change_cut"),
    "times jittered": message("training.change_jittered"),
    "handles renamed": message("training.change_renamed"),
    "organic camouflage": message("training.change_camouflage"),
    "links and hashtags stripped": message("training.change_stripped"),
    "as collectors cut": message("training.change_collectors"),
    "campaign seen in part": message("training.change_partly"),
    # What the gates that ship ask.
    "ranks accounts of sources it never saw, abstentions last": message("training.gate_asks_ranks"),
    "noise cannot be learnt": message("training.gate_asks_noise"),
    "few posts are no sign": message("training.gate_asks_few_posts"),
    "the reasons given carry the score": message("training.gate_asks_reasons"),
    "every reason that names posts names posts that are there": message("training.gate_asks_named_posts"),
    "no group of people is flagged far more often than all; the aim is 3, which no model has met": message(
        "training.gate_asks_slices"
    ),
    "of no public of 300 people or more surely more than one in 200 are in the band high": message(
        "training.gate_asks_people_high"
    ),
    "of no public of 300 people or more surely more than one in 20 are in the band elevated or high": message(
        "training.gate_asks_people_elevated"
    ),
    "people who post little are flagged no more often than others": message("training.gate_asks_little_high"),
    "people who post little are elevated no more often than others": message(
        "training.gate_asks_little_elevated"
    ),
    "nobody confirmed to be an ordinary person is flagged again": message("training.gate_asks_confirmed"),
    "no worse than what is in use": message("training.gate_asks_no_worse"),
    "flags no more people than what is in use": message("training.gate_asks_no_more"),
    "finds operators it never saw": message("training.gate_asks_operators"),
    "the worst kind of people, not the mean; rings remain among people collected by topic": message(
        "training.gate_asks_worst"
    ),
    "ranks accounts of one operator that never met hardly better than chance, which gives 0.2": message(
        "training.gate_asks_placebo"
    ),
    "nobody is flagged with nobody to act in concert with": message("training.gate_asks_alone"),
}


def translated(frame: pl.DataFrame, language: Language) -> pl.DataFrame:
    """Return a table with the words of ours in a language."""
    words = {value: term.say(language) for value, term in TERMS.items()}
    columns = [name for name in COLUMNS if frame.schema.get(name) == pl.String]
    return frame.with_columns(pl.col(name).replace(words) for name in columns)
