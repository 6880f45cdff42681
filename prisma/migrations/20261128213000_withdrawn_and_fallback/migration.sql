-- Words of their own; a transaction can't use a value that it adds, so they come before what needs them.
ALTER TYPE "desired_state" ADD VALUE 'fallback';
ALTER TYPE "deployment_state" ADD VALUE 'withdrawn';
ALTER TYPE "approval_state" ADD VALUE 'withdrawn';
