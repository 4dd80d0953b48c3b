import { stemmer } from '@orama/stemmers/french';
import { stopwords } from '@orama/stopwords/french';
import { readSynonyms, type Language } from './language.ts';

/** What else a question begins with. */
const fillers =
  "comment quand où pourquoi bonjour bonsoir salut merci svp stp plaît veux voudrais peux peut pouvez est-ce avez avez-vous y a-t-il j'ai c'est qu'est-ce".split(
    ' ',
  );

export const french: Language = {
  stopwords: new Set([...stopwords, ...fillers]),
  stem: stemmer,
  synonyms: readSynonyms(`
livraison livrer livrez envoi envoyer expédition expédier colis arriver
délai délais rapide rapidement durée attendre longtemps combien
prix coût coûte coûtent tarif tarifs cher coûter frais montant
retour retourner renvoyer rendre échange échanger
remboursement rembourser argent remboursé
annuler annulation résilier résiliation désabonner arrêter
payer paiement règlement régler
carte visa mastercard bancaire bleue cb
facture reçu ticket
ouvrir ouvert ouverts ouverture horaires heures fermer fermé fermeture heure
adresse situé trouver trouve venir accès plan
garer stationner parking stationnement voiture garage
contact contacter appeler téléphone joindre mail email aide parler humain
réserver réservation rendez-vous table rdv
compte profil connexion
passe connexion connecter oublié
réduction remise promotion promo code coupon rabais bon
cadeau offrir
garantie garanti
cassé défectueux abîmé endommagé panne
réparer réparation
accessible fauteuil handicapé handicapés roulant ascenseur pmr mobilité
animal animaux chien chiens chat toutou
enfant enfants famille bébé gamin gamins petits fils fille
végan végétarien végétarienne végétalien végétarienne végane
allergie allergies allergique allergène gluten intolérance
repas manger menu plat plats carte nourriture
wifi wi-fi internet
emploi recrutement poste travailler
confidentialité rgpd données personnelles
sûr sécurité sécurisé chiffré
essai essayer tester démo
abonnement formule forfait contrat adhésion
gratuit gratuite gratuitement inclus offert compris
étranger international pays europe
professeur prof professeurs enseignant coach moniteur
cours leçon leçons séance
débutant débutants niveau
certificat diplôme attestation
taille tailles mesure mesures
stock disponible disponibilité
suivre suivi statut
commande commander acheter achat
changer modifier déplacer reporter décaler modification
retard retardé
arrivée check-in arriver
départ check-out partir quitter
douche douches vestiaire vestiaires casier serviette serviettes
douleur mal urgence urgences
assurance mutuelle remboursé sécu
application appli mobile téléphone
exporter télécharger export
supprimer effacer suppression
équipe utilisateurs collègues
week-end samedi dimanche
retrait récupérer emporter
terrasse dehors extérieur jardin
groupe groupes fête événement anniversaire privatiser
minimum
bagage bagages valise valises consigne
petit-déjeuner déjeuner petit-déj
`),
};
