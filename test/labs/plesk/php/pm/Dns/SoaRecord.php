<?php

class pm_Dns_SoaRecord
{
}
