delete from recon.alert_limits where name = 'unsent_post';
