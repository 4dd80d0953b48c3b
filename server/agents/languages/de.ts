import { stemmer } from '@orama/stemmers/german';
import { stopwords } from '@orama/stopwords/german';
import { readSynonyms, type Language } from './language.ts';

/** What else a question begins with. */
const fillers =
  "wann warum wieso hallo hi hey guten tag moin danke bitte möchte gern gerne brauche gibt gibt's geht ihr euch habt seid eure eurer mal".split(
    ' ',
  );

export const german: Language = {
  stopwords: new Set([...stopwords, ...fillers]),
  stem: stemmer,
  synonyms: readSynonyms(`
liefern lieferung lieferzeit versand versenden verschicken schicken zustellung zustellen post ankommen paket
lange schnell dauer dauert dauern wartezeit lieferzeit tage bald
preis preise kosten kostet kostenpunkt teuer günstig gebühr gebühren tarif beitrag
zurückgeben zurücksenden rückgabe rücksendung retoure umtausch umtauschen zurückschicken
erstattung erstatten rückerstattung geld
kündigen kündigung kündigungsfrist stornieren stornierung storno absagen abbestellen beenden abmelden
bezahlen zahlen zahlung bezahlung zahlungsart zahlungsarten zahlungsmittel zahlungsmöglichkeiten
karte kreditkarte ec-karte girocard visa mastercard kartenzahlung
rechnung quittung beleg
öffnungszeiten geöffnet offen öffnen auf schließen geschlossen zu uhr uhrzeit zeiten
adresse anschrift standort lage anfahrt finden liegt
parken parkplatz parkplätze parkhaus stellplatz auto garage tiefgarage
kontakt kontaktieren anrufen telefon telefonnummer email e-mail erreichen ansprechpartner hilfe support mensch
buchen buchung reservieren reservierung termin vereinbaren tisch
konto account benutzerkonto profil anmelden
passwort kennwort login einloggen anmelden vergessen
rabatt gutschein gutscheincode aktion ermäßigung vergünstigung nachlass sonderangebot
geschenk schenken verschenken geschenkgutschein
garantie gewährleistung
kaputt defekt beschädigt schaden mangel mängel
reparieren reparatur instandsetzung wartung
barrierefrei rollstuhl rollstuhlgerecht aufzug fahrstuhl lift
haustier haustiere hund hunde katze tier tiere vierbeiner
kind kinder kids familie baby kleinkind sohn tochter nachwuchs
vegan vegetarisch fleischlos veganer vegetarier pflanzlich
allergie allergien allergisch allergene gluten glutenfrei laktose unverträglichkeit
essen speise speisen gericht gerichte speisekarte menü mahlzeit
wlan wifi internet
job jobs stelle stellen karriere bewerben bewerbung
datenschutz dsgvo daten persönlich
sicher sicherheit verschlüsselt verschlüsselung geschützt
probe probieren testen test demo probetraining schnuppern ausprobieren
vertrag abo abonnement mitgliedschaft paket tarif laufzeit mindestlaufzeit
kostenlos gratis umsonst inklusive
ausland international eu österreich schweiz europa länder
lehrer trainer trainerin kursleiter lehrkraft coach
kurs kurse unterricht stunde klasse lektion
anfänger einsteiger neuling
zertifikat zeugnis bescheinigung nachweis
größe größen passt passform
vorrätig lager verfügbar verfügbarkeit lieferbar
verfolgen sendungsverfolgung status tracking
bestellen bestellung kaufen kauf einkauf
ändern änderung wechseln umbuchen verschieben umstellen verlegen
verspätung verspätet spät verzögerung
anreise einchecken check-in ankunft
abreise auschecken check-out
dusche duschen umkleide umkleiden spind spinde schließfach handtuch handtücher
schmerz schmerzen weh zahnschmerzen notfall akut dringend
versicherung versichert krankenkasse kasse übernimmt
app handy mobil smartphone ios android
export exportieren herunterladen download
löschen entfernen
team nutzer benutzer kollegen mitarbeiter
wochenende samstag sonntag samstags sonntags
abholen abholung selbstabholung mitnehmen
draußen terrasse garten außen freien
gruppe feier feiern veranstaltung geburtstag fest
pausieren pause ruhen aussetzen stilllegen
fahrrad rad räder fahrräder bike
alter jahre alt ab
`),
};
