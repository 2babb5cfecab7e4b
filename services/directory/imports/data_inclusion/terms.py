"""The terms of data·inclusion, as ours."""

from __future__ import annotations

CATEGORIES = {
    "choisir-un-metier": "job_coaching",
    "creer-une-entreprise": "business_creation",
    "difficultes-administratives-ou-juridiques": "administrative_help",
    "difficultes-administratives-ou-juridiques--accompagnement-pour-lacces-aux-droits": "information_desk",
    "difficultes-administratives-ou-juridiques--beneficier-dune-mesure-daccompagnement-adapte": "social_support",
    "difficultes-administratives-ou-juridiques--connaitre-ses-droits-face-a-une-discrimination": "legal_advice",
    "difficultes-administratives-ou-juridiques--prendre-en-compte-une-problematique-judiciaire": "legal_advice",
    "difficultes-financieres": "budget_advice",
    "equipement-et-alimentation--alimentation": "food_parcel",
    "equipement-et-alimentation--electromenager": "household_goods",
    "equipement-et-alimentation--habillement": "clothing",
    "famille": "parenting_support",
    "famille--garde-denfants": "childcare",
    "famille--surmonter-conflits-separation-violence": "violence_support",
    "lecture-ecriture-calcul": "literacy",
    "lecture-ecriture-calcul--maitriser-le-francais": "french_course",
    "logement-hebergement": "access_to_housing",
    "logement-hebergement--rechercher-une-solution-dhebergement-temporaire": "emergency_shelter",
    "logement-hebergement--reduire-les-impayes-de-loyer": "keeping_housing",
    "logement-hebergement--se-maintenir-dans-le-logement": "keeping_housing",
    "mobilite": "transport_help",
    "mobilite--acceder-a-un-vehicule": "vehicle_access",
    "mobilite--entretenir-reparer-son-vehicule": "vehicle_repair",
    "mobilite--preparer-un-permis": "driving_licence",
    "numerique--acceder-a-des-services-en-ligne": "digital_procedures",
    "numerique--acceder-a-une-connexion-internet": "internet_access",
    "numerique--acquerir-un-equipement": "digital_equipment",
    "numerique--maitriser-les-fondamentaux-du-numerique": "digital_basics",
    "preparer-sa-candidature": "job_coaching",
    "remobilisation--activites-sportives-et-culturelles": "culture",
    "remobilisation--benevolat-action-citoyenne": "volunteering",
    "remobilisation--bien-etre-confiance-en-soi": "wellbeing",
    "remobilisation--lien-social": "social_link",
    "sante--acces-aux-soins": "health_coverage",
    "sante--addictions": "addiction_care",
    "sante--constituer-un-dossier-mdph-invalidite": "disability_advice",
    "sante--sante-mentale": "mental_health",
    "sante--sante-sexuelle": "sexual_health",
    "se-former": "training",
    "souvrir-a-linternational": "job_coaching",
    "trouver-un-emploi": "job_coaching",
}
"""Our categories by theme, or by its part before `--`: where several share one, that which promises least."""

PUBLICS = {
    "demandeurs-emploi": ("jobseekers",),
    "etudiants": ("students",),
    "familles": ("families",),
    "femmes": ("women",),
    "jeunes": ("young_adults",),
    "personnes-en-situation-de-handicap": ("disabled",),
    "personnes-en-situation-durgence": ("homeless",),
    "personnes-en-situation-juridique-specifique": ("prison_leavers",),
    "personnes-exilees": ("asylum_seekers", "refugees"),
    "seniors": ("seniors",),
}
"""Our publics by the standard's."""

NETWORKS = {"france-service": "france-services", "mission-locale": "missions-locales"}
"""The few networks that we call otherwise."""
