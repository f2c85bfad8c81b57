drop table recon.alert_limits;
