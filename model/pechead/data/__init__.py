"""From folders of videos to training samples: preparing, shards, and the dataset that reads them."""
