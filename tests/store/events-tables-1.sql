-- Tables 1 of home/events.db.
BEGIN TRANSACTION;
CREATE TABLE events (
            id TEXT PRIMARY KEY, camera TEXT NOT NULL, start_utc REAL NOT NULL, end_utc REAL, seen_utc REAL NOT NULL,
            peak_utc REAL NOT NULL, score REAL NOT NULL, per_day REAL NOT NULL, box TEXT, why TEXT NOT NULL,
            alarm INTEGER NOT NULL, reviewed INTEGER NOT NULL, verdict TEXT, note TEXT NOT NULL, media TEXT NOT NULL,
            model TEXT NOT NULL, CHECK (end_utc >= start_utc)
        ) WITHOUT ROWID;
INSERT INTO "events" VALUES('aaaaaaaaaaaaaaaaaaaaaa','door',1763800000.0,1763800005.5,1763800005.5,1763800002.0,3.25,0.5,NULL,'moves faster than people do here',1,1,'useful','the postman','["clip.mp4", "thumb.jpg"]','ab');
INSERT INTO "events" VALUES('bbbbbbbbbbbbbbbbbbbbbb','door',1763801000.0,1763801005.5,1763801005.5,1763801002.0,2.25,0.5,'[0.25, 0.25, 0.5, 0.75]','moves faster than people do here',0,0,NULL,'','["clip.mp4", "thumb.jpg"]','ab');
INSERT INTO "events" VALUES('cccccccccccccccccccccc','door',1763802000.0,NULL,1763802005.5,1763802002.0,1.25,0.5,'[0.25, 0.25, 0.5, 0.75]','moves faster than people do here',1,1,'ordinary','','["clip.mp4", "thumb.jpg"]','ab');
CREATE TABLE health (
            number INTEGER PRIMARY KEY, camera TEXT NOT NULL, utc REAL NOT NULL,
            state TEXT NOT NULL, words TEXT NOT NULL
        );
INSERT INTO "health" VALUES(1,'door',1763800100.0,'offline','no answer');
CREATE TABLE outbox (
            id TEXT PRIMARY KEY, event TEXT NOT NULL, camera TEXT NOT NULL, channel TEXT NOT NULL,
            payload TEXT NOT NULL, put_utc REAL NOT NULL, next_utc REAL NOT NULL, tries INTEGER NOT NULL,
            state TEXT NOT NULL, why TEXT NOT NULL, UNIQUE (event, channel)
        ) WITHOUT ROWID;
INSERT INTO "outbox" VALUES('alert-1','aaaaaaaaaaaaaaaaaaaaaa','door','webhook','{"words": "unusual at door"}',1763800006.0,1763800006.0,2,'waiting','answered 500');
CREATE TABLE settings (camera TEXT, key TEXT, value REAL NOT NULL, PRIMARY KEY (camera, key)) WITHOUT ROWID;
INSERT INTO "settings" VALUES('door','alarms_per_day',2.5);
INSERT INTO "settings" VALUES('door','given_alarms_per_day',1.0);
CREATE INDEX events_by_time ON events (start_utc, id);
CREATE INDEX events_by_camera ON events (camera, start_utc, id);
CREATE INDEX events_going_on ON events (camera) WHERE end_utc IS NULL;
CREATE INDEX health_by_time ON health (utc);
CREATE INDEX outbox_waiting ON outbox (next_utc) WHERE state = 'waiting';
PRAGMA application_id = 1970173299;
PRAGMA user_version = 1;
COMMIT;
