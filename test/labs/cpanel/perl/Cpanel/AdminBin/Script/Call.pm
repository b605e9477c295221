package Cpanel::AdminBin::Script::Call;

# Stand-in for the base class of AdminBin scripts: the same object, run as a program of its own.

use strict;
use warnings;

use parent 'Cpanel::Admin::Base';

use Cpanel::LabAdmin ();

sub run {
    my ( $class, %options ) = @_;
    alarm( $options{alarm} ) if $options{alarm};
    return Cpanel::LabAdmin::serve($class);
}

1;
