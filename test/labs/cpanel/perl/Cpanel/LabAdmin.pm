package Cpanel::LabAdmin;

# Runs one action of an admin class: request on standard input, answer on descriptor 3. What the action prints goes nowhere.

use strict;
use warnings;

use JSON::PP ();

sub serve {
    my ($class) = @_;
    open my $answer, '>&=', 3 or die "no way to answer: $!\n";
    my $json    = JSON::PP->new->allow_nonref;
    my $request = $json->decode( do { local $/ = undef; scalar <STDIN> } );
    my $self    = $class->new( action => $request->{function}, caller => $request->{caller} );
    my %reply   = eval {
        my $action = $request->{function};
        die "“$action” is not an action of $class.\n" if !grep { $_ eq $action } $self->_actions();
        my @data = $self->$action( @{ $request->{args} || [] } );
        ( data => @data > 1 ? \@data : $data[0], list => @data > 1 ? 1 : 0 );
    };
    # What went wrong stays here; the caller is told no more than that.
    if ($@) {
        warn "$class: $@";
        %reply = ( error => 'The administrative request failed because of an internal error.' );
    }
    print {$answer} $json->encode( \%reply );
    close $answer or die "answer: $!\n";
    return 1;
}

1;
