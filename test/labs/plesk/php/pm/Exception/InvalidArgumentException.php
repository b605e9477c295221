<?php

class pm_Exception_InvalidArgumentException extends pm_Exception
{
}
