(** * The theorem

    All obligations of a step proved: for all inputs, all contents of the model's
    tensors and every interpretation of the scalar operators, [after] and [before]
    compute equal outputs. Chains of steps, and programs given as trees.
    Counterpart: docs/theorem.md section 5; kernel.ts (checkStage). *)

From Coq Require Import List String ZArith Lia Bool.
From Obligato Require Import model order trees schedule cases sources reading refinement claim.
Import ListNotations.

(** Outputs correspond by position; what is in memory beside inputs and weights is arbitrary. *)
Definition same_outputs (before after : program) : Prop :=
  map snd (outputs after) = map snd (outputs before) /\
  forall (V : Type) (I : interpretation V) (mb ma : memory V), starts I before mb -> starts I after ma ->
  forall k o o' shape shape' d,
    nth_error (outputs after) k = Some (o, shape) -> nth_error (outputs before) k = Some (o', shape') ->
    within shape d ->
    exec I (run after) ma (o, d) = exec I (run before) mb (o', d).

Theorem theorem_equal_outputs : forall before after Db Da phi,
  established before Db -> established after Da -> refines before after Db Da phi ->
  same_outputs before after.
Proof.
  intros before after Db Da phi Hb Ha Hstep.
  assert (Hshapes := W0_outputs_have_the_same_shapes _ _ (r_W0 _ _ _ _ _ Hstep)).
  split; [exact Hshapes |]. intros V I mb ma Gb Ga k o o' shape shape' d Ho Ho' Hd.
  assert (Hshape : shape' = shape).
  { apply (f_equal (fun l => nth_error l k)) in Hshapes.
    rewrite (map_nth_error snd k _ Ho), (map_nth_error snd k _ Ho') in Hshapes. simpl in Hshapes. congruence. }
  subst shape'.
  pose proof (nth_error_In _ _ Ho) as Hin. pose proof (nth_error_In _ _ Ho') as Hin'.
  destruct (finals_of after Da o) as [t |] eqn:Et;
    [| exfalso; exact (W2_copies_of_outputs_end _ _ (e_W2 _ _ Ha) o shape Hin Et)].
  destruct (finals_of before Db o') as [t' |] eqn:Et';
    [| exfalso; exact (W2_copies_of_outputs_end _ _ (e_W2 _ _ Hb) o' shape Hin' Et')].
  destruct (lemma4_outputs I after Da ma Ha Ga o shape d t Hin Hd Et) as [Hcov Hright].
  pose proof (lemma4_outputs I before Db mb Hb Gb o' shape d t' Hin' Hd Et') as Hbefore.
  destruct (covered_active _ _ _ Hcov) as (c & Hc).
  assert (earlier : forall s y n m, In (s, y) (run after) -> operator_instance after s y -> stands_for phi s y n ->
    memory_at I after ma (s, y) m -> node_value I before mb n (eval I m y (s_value s))).
  { intros s y n m _ Hi Hn (l & rest & E & ->).
    exact (claim I before after Db Da phi mb ma Hb Ha Hstep Gb Ga l s y rest n E Hi Hn). }
  refine (same_source_value I before after Db Da phi mb ma Hb Hstep (run after) earlier _ _ (OperandCases t' d) _ (Hright c Hc) _ _).
  - exact (W4_outputs_have_the_same_source _ _ _ _ _ (r_W4 _ _ _ _ _ Hstep) k o o' shape shape t t' d c Ho Ho' Et Et' Hd Hc).
  - exists (run before). exact Hbefore.
Qed.

(** ** Programs given as trees: the order is no hypothesis (Lemma 1) *)

(** The obligations of one program, without the order. *)
Record obligations (P : program) (D : dataflow) : Prop := Obligations {
  o_W0 : W0_text P;
  o_W7 : W7_leaves P;
  o_W5_producers : W5_producers P D;
  o_W2 : W2_loads P D;
  o_W3 : W3_clobbers P D;
  o_W5_finals : W5_finals P D;
  o_W4 : W4_last_stores P D;
}.

(** A tree of loops, guards and stores all of whose obligations are proved. *)
Definition checked (P : program) (D : dataflow) : Prop :=
  (exists body kinds outs, P = program_of body kinds outs) /\ obligations P D.

Lemma checked_established : forall P D, checked P D -> established P D.
Proof.
  intros P D [(body & kinds & outs & ->) []]. constructor; try assumption. apply tree_ordered.
Qed.

Theorem theorem_for_trees : forall before after Db Da phi,
  checked before Db -> checked after Da -> refines before after Db Da phi -> same_outputs before after.
Proof.
  intros before after Db Da phi Hb Ha H.
  exact (theorem_equal_outputs before after Db Da phi (checked_established _ _ Hb) (checked_established _ _ Ha) H).
Qed.

(** ** Chains: the reference program, each stage, the text read back *)

Inductive chain (first : program) (D1 : dataflow) : program -> dataflow -> Prop :=
| ChainStep : forall Q D phi, checked Q D -> refines first Q D1 D phi -> chain first D1 Q D
| ChainMore : forall Q D R D' phi, chain first D1 Q D -> checked R D' -> refines Q R D D' phi -> chain first D1 R D'.

(** Some memory that starts as given. *)
Lemma can_start : forall V (I : interpretation V) P (m : memory V), exists m', starts I P m'.
Proof.
  intros V I P m.
  exists (fun e => match kind_of P (fst e) with
                   | Input n => input_value I n (snd e)
                   | Weight t view => tensor_value I t (view (snd e))
                   | Stored => m e
                   end).
  intros b d. simpl. destruct (kind_of P b); exact Logic.I || reflexivity.
Qed.

Lemma same_outputs_transitive : forall P Q R, same_outputs P Q -> same_outputs Q R -> same_outputs P R.
Proof.
  intros P Q R [S1 H1] [S2 H2]. split; [congruence |].
  intros V I mp mr Gp Gr k o o' shape shape' d Ho Ho' Hd.
  destruct (can_start V I Q mp) as (mq & Gq).
  assert (Hq : exists o2, nth_error (outputs Q) k = Some (o2, shape)).
  { apply (f_equal (fun l => nth_error l k)) in S2. rewrite (map_nth_error snd k _ Ho), nth_error_map in S2.
    destruct (nth_error (outputs Q) k) as [[o2 sh] |]; simpl in S2; [| discriminate].
    injection S2 as ->. exists o2. reflexivity. }
  destruct Hq as (o2 & Hq).
  rewrite (H2 V I mq mr Gq Gr k o o2 shape shape d Ho Hq Hd).
  exact (H1 V I mp mq Gp Gq k o2 o' shape shape' d Hq Ho' Hd).
Qed.

Lemma chain_checked : forall P D Q D', chain P D Q D' -> checked Q D'.
Proof. intros P D Q D' H. destruct H; assumption. Qed.

Theorem chain_equal_outputs : forall reference D last D',
  checked reference D -> chain reference D last D' -> same_outputs reference last.
Proof.
  intros P D R D' HP H. induction H as [Q D2 phi HQ Hstep | Q D2 R D3 phi HC IH HR Hstep].
  - exact (theorem_for_trees P Q D D2 phi HP HQ Hstep).
  - apply (same_outputs_transitive P Q R IH).
    exact (theorem_for_trees Q R D2 D3 phi (chain_checked _ _ _ _ HC) HR Hstep).
Qed.
